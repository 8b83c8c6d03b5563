select
  day at time zone 'UTC' as at,
  status,
  sum(count) as count
from
  (
    select
      day::timestamp as day,
      status,
      count
    from
      counters
    where
      account_id = $1
      and day >= ($2::timestamptz at time zone 'UTC')::date
      and day < ($3::timestamptz at time zone 'UTC')::date
    union all
    select
      date_trunc('day', hour at time zone 'UTC'),
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
--     Subquery Scan
--       Append
--         Index Scan by counters_pkey on counters
--         Subquery Scan
--           Index Scan by counter_deltas_account_id_idx on counter_deltas
