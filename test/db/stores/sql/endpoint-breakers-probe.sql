update webhook_endpoints
set
  breaker_until = now() + $2 * interval '1 millisecond'
where
  id in (
    select
      id
    from
      webhook_endpoints
    where
      breaker_until <= now()
    order by
      breaker_until
    limit
      $1
    for update
      skip locked
  )
returning
  id

-- Plan:
-- ModifyTable on webhook_endpoints
--   Nested Loop
--     Aggregate
--       Subquery Scan
--         Limit
--           LockRows
--             Index Scan by webhook_endpoints_breaker_idx on webhook_endpoints
--     Index Scan by webhook_endpoints_pkey on webhook_endpoints
