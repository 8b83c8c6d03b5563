select
  external_id as "externalId",
  address,
  direction = 'inbound'
  and content ? 'group' as "fromGroup"
from
  messages
where
  id = $1
  and account_id = $2

-- Plan:
-- Index Scan by messages_pkey on messages
