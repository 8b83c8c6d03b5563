select
  id,
  attempt,
  trigger,
  url,
  status,
  error,
  latency_ms as "latencyMs",
  remote_address as "remoteAddress",
  response_headers as "responseHeaders",
  response_body as "responseBody",
  next_attempt_at as "nextAttemptAt",
  created_at as at
from
  webhook_attempts
where
  delivery_id = $2
  and account_id = $1
order by
  id
limit
  200

-- Plan:
-- Limit
--   Index Scan by webhook_attempts_delivery_id_id_idx on webhook_attempts
