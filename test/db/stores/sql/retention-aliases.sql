delete from contact_aliases
where
  (account_id, address) in (
    select
      account_id,
      address
    from
      contact_aliases
    where
      learned_at < $1
    order by
      learned_at
    limit
      $2
    for update
      skip locked
  )

-- Plan:
-- ModifyTable on contact_aliases
--   Nested Loop
--     Aggregate
--       Subquery Scan
--         Limit
--           LockRows
--             Index Scan by contact_aliases_learned_at_idx on contact_aliases
--     Index Scan by contact_aliases_pkey on contact_aliases
