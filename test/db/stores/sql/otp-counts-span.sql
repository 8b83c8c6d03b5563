select
  coalesce($1::date, today - $3::int)::text as
from
,
  coalesce($2::date, today)::text as to
from
  (
    select
      (now() at time zone 'UTC')::date as today
  ) as t

-- Plan:
-- Result
