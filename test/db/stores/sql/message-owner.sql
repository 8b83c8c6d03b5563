select
  account_id as "accountId"
from
  messages
where
  id = $1

-- Plan:
-- Index Scan by messages_pkey on messages
