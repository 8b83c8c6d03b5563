with
  keys as materialized (
    select distinct
      hashtextextended (k, 0) as key
    from
      unnest($1::text[]) as k
    order by
      1
  )
select
  pg_advisory_xact_lock(key)
from
  keys

-- Plan:
-- CTE Scan
--   [CTE keys] Unique
--     Sort
--       Function Scan
