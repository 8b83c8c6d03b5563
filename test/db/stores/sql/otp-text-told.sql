update otp_sends s
set
  told_at = now()
from
  json_to_recordset($1::json) as x ("accountId" uuid, "messageId" uuid)
where
  s.message_id = x."messageId"
  and s.account_id = x."accountId"
  and s.told_at is null

-- Plan:
-- ModifyTable on otp_sends
--   Nested Loop
--     Function Scan
--     Index Scan by otp_sends_message_idx on otp_sends
