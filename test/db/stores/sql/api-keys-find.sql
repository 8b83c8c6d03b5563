select
  encode(k.hash, 'hex') as hash,
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
  k.created_at as "createdAt",
  a.name as "accountName",
  a.email,
  a.plan,
  a.state,
  a.created_at as "accountCreatedAt"
from
  api_keys k
  join accounts a on a.id = k.account_id
where
  k.hash = any ($1::bytea[])
  and k.revoked_at is null

-- Plan:
-- Nested Loop
--   Index Scan by api_keys_hash_key on api_keys
--   Memoize
--     Index Scan by accounts_pkey on accounts
