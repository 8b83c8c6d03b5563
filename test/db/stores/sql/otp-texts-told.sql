select
  coalesce(array_agg(message_id), '{}') as told,
  now() as at
from
  otp_sends
where
  message_id = any ($2::uuid[])
  and account_id = $1
  and told_at is not null

-- Plan:
-- Aggregate
--   Index Scan by otp_sends_message_idx on otp_sends
