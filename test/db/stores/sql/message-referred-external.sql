select
  external_id as "externalId",
  address,
  direction = 'inbound'
  and content ? 'group' as "fromGroup"
from
  messages
where
  external_id = $1
  and account_id = $2
limit
  1

-- Plan:
-- Limit
--   Index Scan by messages_external_idx on messages
