delete from callbacks
where
  id in (
    select
      id
    from
      callbacks
    where
      id < $1
      and state = 'applied'
    order by
      id
    limit
      $2
    for update
      skip locked
  )

-- Plan:
-- ModifyTable on callbacks
--   Nested Loop
--     Aggregate
--       Subquery Scan
--         Limit
--           LockRows
--             Index Scan by callbacks_pkey on callbacks
--     Index Scan by callbacks_pkey on callbacks
