update messages m
set
  rev = m.rev + 1,
  due_at = now() + x."untilMs" * interval '1 millisecond',
  wake_at = now() + (x."untilMs" + 10000) * interval '1 millisecond',
  waiting_for = x."waitingFor"
from
  json_to_recordset($1::json) as x ("id" uuid, "untilMs" float8, "waitingFor" text)
where
  m.id = x."id"
  and m.status in ('queued', 'retrying')

-- Plan:
-- ModifyTable on messages
--   Nested Loop
--     Function Scan
--     Index Scan by messages_pkey on messages
