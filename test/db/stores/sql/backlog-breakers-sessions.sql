select
  count(*) filter (
    where
      breaker_until > now()
  ) as open,
  count(*) filter (
    where
      breaker_until <= now()
  ) as half
from
  sessions
where
  breaker_until is not null

-- Plan:
-- Aggregate
--   Index Only Scan by sessions_breaker_idx on sessions
