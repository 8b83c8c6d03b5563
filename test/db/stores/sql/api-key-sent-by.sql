select
  a.id,
  a.name,
  a.plan,
  k.mode
from
  api_keys k
  join accounts a on a.id = k.account_id
where
  k.id = $1
  and k.revoked_at is null
  and a.state = 'active'

-- Plan:
-- Nested Loop
--   Index Scan by api_keys_pkey on api_keys
--   Index Scan by accounts_pkey on accounts
