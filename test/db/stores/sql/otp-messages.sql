select
  s.message_id as id,
  m.session_id as "sessionId",
  s.kind,
  m.status,
  m.error_code as "errorCode",
  s.at,
  m.sent_at as "sentAt",
  m.delivered_at as "deliveredAt"
from
  otp_sends s
  left join messages m on m.id = s.message_id
where
  s.verification_id = $1
  and s.message_id is not null
order by
  s.id

-- Plan:
-- Sort
--   Nested Loop
--     Index Scan by otp_sends_verification_idx on otp_sends
--     Index Scan by messages_pkey on messages
