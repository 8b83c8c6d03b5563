select
  e.message_id || ' ' || e.status || ' ' || e.key as known
from
  json_to_recordset($1::json) as x ("messageId" uuid, "status" text, "key" text)
  join message_events e on e.message_id = x."messageId"
  and e.status = x."status"
  and e.key = x."key"

-- Plan:
-- Nested Loop
--   Function Scan
--   Index Only Scan by message_events_pkey on message_events
