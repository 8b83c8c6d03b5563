select
  id,
  at,
  service,
  address,
  prefix,
  country,
  client,
  kind,
  verification_id as "verificationId",
  message_id as "messageId",
  blocked,
  reasons
from
  otp_sends
where
  account_id = $1
  and id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
  and (
    $2::text is null
    or blocked = $2
  )
order by
  id desc
limit
  $4

-- Plan:
-- Limit
--   Index Scan by otp_sends_pkey on otp_sends
