select
  fingerprint,
  status_code,
  response
from
  idempotency_keys
where
  account_id = $1
  and key = $2
  and expires_at > now()

-- Plan:
-- Index Scan by idempotency_keys_expires_at_idx on idempotency_keys
