insert into
  rate_windows as r (key, count, ends_at)
select
  "key",
  sum("amount"),
  max("endsAt")
from
  json_to_recordset($1::json) as x ("key" text, "amount" int, "endsAt" timestamptz)
group by
  1
order by
  1
on conflict (key) do update
set
  ends_at = excluded.ends_at,
  count = case
    when r.ends_at <= now() then excluded.count
    else r.count + excluded.count
  end
returning
  key,
  count

-- Plan:
-- ModifyTable on rate_windows
--   Subquery Scan
--     Aggregate
--       Sort
--         Function Scan
