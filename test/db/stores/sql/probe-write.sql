with
  written as (
    insert into
      rate_windows (key, count, ends_at)
    values
      ('readiness', 0, now() + interval '1 minute')
    on conflict (key) do update
    set
      ends_at = excluded.ends_at
    returning
      key
  )
select
  key
from
  written

-- Plan:
-- CTE Scan
--   [CTE written] ModifyTable on rate_windows
--     Result
