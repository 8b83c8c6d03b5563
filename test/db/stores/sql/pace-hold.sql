insert into
  paces as p (key, tat, line)
select
  $1,
  t,
  0
from
  (
    select
      extract(
        epoch
        from
          clock_timestamp()
      ) * 1000 + $2 as t
  ) x
on conflict (key) do update
set
  tat = greatest(p.tat, excluded.tat)

-- Plan:
-- ModifyTable on paces
--   Subquery Scan
--     Result
