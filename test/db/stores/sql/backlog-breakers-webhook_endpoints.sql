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
  webhook_endpoints
where
  breaker_until is not null

-- Plan:
-- Aggregate
--   Index Only Scan by webhook_endpoints_breaker_idx on webhook_endpoints
