select
  hour as at,
  status,
  sum(count) as count
from
  (
    select
      hour,
      status,
      count
    from
      counter_hours
    where
      account_id = $1
      and hour >= $2
      and hour < $3
    union all
    select
      hour,
      status,
      delta
    from
      counter_deltas
    where
      account_id = $1
      and hour >= $2
      and hour < $3
  ) c
group by
  1,
  2
having
  sum(count) <> 0
order by
  1

-- Plan:
-- Aggregate
--   Sort
--     Append
--       Index Scan by counter_hours_pkey on counter_hours
--       Subquery Scan
--         Index Scan by counter_deltas_account_id_idx on counter_deltas
