delete from webhook_attempts
where
  id in (
    select
      id
    from
      webhook_attempts
    where
      id < $1
    order by
      id
    limit
      $2
    for update
      skip locked
  )

-- Plan:
-- ModifyTable on webhook_attempts
--   Nested Loop
--     Aggregate
--       Subquery Scan
--         Limit
--           LockRows
--             Index Scan by webhook_attempts_pkey on webhook_attempts
--     Index Scan by webhook_attempts_pkey on webhook_attempts
