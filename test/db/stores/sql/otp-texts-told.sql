select
  message_id as id
from
  otp_sends
where
  message_id = any ($2::uuid[])
  and account_id = $1
  and told_at is not null

-- Plan:
-- Index Scan by otp_sends_message_idx on otp_sends
