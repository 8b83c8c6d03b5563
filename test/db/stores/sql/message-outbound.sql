select
  id,
  attempt,
  address,
  content,
  sealed,
  reply_to as "replyTo"
from
  messages
where
  id = $2
  and session_id = $1
  and direction = 'outbound'

-- Plan:
-- Index Scan by messages_pkey on messages
