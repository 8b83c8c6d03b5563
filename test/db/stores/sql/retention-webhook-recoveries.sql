delete from webhook_recoveries
where
  id in (
    select
      id
    from
      webhook_recoveries
    where
      id < $1
      and state = 'done'
    order by
      id
    limit
      $2
    for update
      skip locked
  )

-- Plan:
-- ModifyTable on webhook_recoveries
--   Nested Loop
--     Index Scan by webhook_recoveries_pkey on webhook_recoveries
--     Subquery Scan
--       Limit
--         LockRows
--           Index Scan by webhook_recoveries_pkey on webhook_recoveries
