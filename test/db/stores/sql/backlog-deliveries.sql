with
  pending as materialized (
    select
      created_at
    from
      webhook_deliveries
    where
      wake_at is not null
    order by
      wake_at
    limit
      $1
  )
select
  count(*) as count,
  extract(
    epoch
    from
      now() - min(created_at)
  )::float8 as oldest
from
  pending

-- Plan:
-- Aggregate
--   [CTE pending] Limit
--     Index Scan by webhook_deliveries_wake_idx on webhook_deliveries
--   CTE Scan
