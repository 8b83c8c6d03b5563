select
  status,
  sum(count) as count
from
  (
    select
      status,
      count
    from
      counters
    where
      account_id = $1
    union all
    select
      status,
      delta
    from
      counter_deltas
    where
      account_id = $1
  ) c
group by
  status

-- Plan:
-- Aggregate
--   Append
--     Index Scan by counters_pkey on counters
--     Subquery Scan
--       Index Scan by counter_deltas_account_id_idx on counter_deltas
