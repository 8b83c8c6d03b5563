select
  m.id
from
  json_to_recordset($2::json) as x ("from" uuid, "to" uuid)
  cross join lateral (
    select
      id
    from
      messages
    where
      id between x."from" and x."to"
      and session_id = $1
    limit
      1000
  ) m

-- Plan:
-- Nested Loop
--   Function Scan
--   Limit
--     Index Scan by messages_pkey on messages
