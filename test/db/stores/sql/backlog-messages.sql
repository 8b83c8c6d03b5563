with
  pending as materialized (
    select
      lane,
      status,
      due_at
    from
      messages
    where
      wake_at is not null
    order by
      wake_at
    limit
      $1
  )
select
  lane,
  count(*) as count,
  extract(
    epoch
    from
      now() - min(due_at)
  )::float8 as oldest
from
  pending
where
  status in ('queued', 'retrying')
group by
  lane

-- Plan:
-- Aggregate
--   [CTE pending] Limit
--     Index Scan by messages_wake_idx on messages
--   CTE Scan
