update messages m
set
  rev = m.rev + 1,
  waiting_for = x."waitingFor",
  due_at = least(
    now() + x."untilMs" * interval '1 millisecond',
    case
      when x."prolongs"
      and m.ttl_seconds is null then m.expires_at + x."untilMs" * interval '1 millisecond'
      else m.expires_at
    end
  ),
  wake_at = least(
    now() + x."untilMs" * interval '1 millisecond' + interval '10 seconds',
    case
      when x."prolongs"
      and m.ttl_seconds is null then m.expires_at + x."untilMs" * interval '1 millisecond'
      else m.expires_at
    end
  ),
  expires_at = case
    when x."prolongs"
    and m.ttl_seconds is null then m.expires_at + x."untilMs" * interval '1 millisecond'
    else m.expires_at
  end
from
  json_to_recordset($1::json) as x (
    "id" uuid,
    "untilMs" float8,
    "waitingFor" text,
    "prolongs" boolean
  )
where
  m.id = x."id"
  and m.status in ('queued', 'retrying')

-- Plan:
-- ModifyTable on messages
--   Nested Loop
--     Function Scan
--     Index Scan by messages_pkey on messages
