select
  m.id,
  m.account_id,
  m.session_id,
  m.status,
  m.lane,
  m.address,
  m.metadata,
  m.external_id,
  m.credits,
  m.attempt,
  m.attempt_floor,
  m.rev,
  m.unknown_at,
  m.due_at,
  m.waiting_for,
  m.wake_at,
  m.expires_at,
  m.ttl_seconds,
  m.created_at,
  m.sent_at,
  m.delivered_at,
  m.read_at,
  m.failed_at,
  m.error_code,
  m.error_message
from
  messages m
where
  id = any ($1::uuid[])
  and direction = 'outbound'

-- Plan:
-- Index Scan by messages_pkey on messages
