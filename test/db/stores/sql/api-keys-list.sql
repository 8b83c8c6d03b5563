select
  k.id,
  k.account_id as "accountId",
  k.name,
  k.description,
  k.mode,
  k.hint,
  k.scopes,
  k.allowed_cidrs as "allowedCidrs",
  k.expires_at as "expiresAt",
  k.last_used_at as "lastUsedAt",
  k.request_count::float8 as "requestCount",
  k.created_at as "createdAt"
from
  api_keys k
where
  account_id = $1
  and revoked_at is null
order by
  id

-- Plan:
-- Index Scan by api_keys_pkey on api_keys
