update webhook_endpoints
set
  breaker_until = null
where
  id = $1

-- Plan:
-- ModifyTable on webhook_endpoints
--   Index Scan by webhook_endpoints_pkey on webhook_endpoints
