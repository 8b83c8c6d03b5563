update api_keys
set
  last_used_at = $2
where
  id in (
    select
      id
    from
      api_keys
    where
      id = any ($1::uuid[])
    order by
      id
    for no key update
      skip locked
  )

-- Plan:
-- ModifyTable on api_keys
--   Nested Loop
--     Aggregate
--       Subquery Scan
--         LockRows
--           Index Scan by api_keys_pkey on api_keys
--     Memoize
--       Index Scan by api_keys_pkey on api_keys
