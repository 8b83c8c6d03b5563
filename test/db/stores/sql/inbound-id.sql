select
  id
from
  messages
where
  session_id = $1
  and external_id = $2
  and direction = 'inbound'

-- Plan:
-- Index Scan by messages_inbound_key on messages
