select
  id,
  account_id as "accountId",
  name,
  provider,
  is_default as "isDefault",
  credentials,
  sender_id as "senderId",
  past_sender_ids as "pastSenderIds",
  state,
  stop_code as "stopCode",
  stop_detail as "stopDetail",
  rate_per_second as "ratePerSecond",
  on_unknown as "onUnknown",
  preview_links as "previewLinks",
  display_phone_number as "displayPhoneNumber",
  verified_name as "verifiedName",
  quality_rating as "qualityRating",
  verified_at as "verifiedAt",
  business_account_id as "businessAccountId",
  breaker_until as "breakerUntil",
  breaker_trips as "breakerTrips",
  breaker_code as "breakerCode",
  breaker_detail as "breakerDetail",
  last_error_code as "lastErrorCode",
  last_error_detail as "lastErrorDetail",
  last_error_at as "lastErrorAt",
  health,
  created_at as "createdAt",
  updated_at as "updatedAt"
from
  sessions
where
  account_id = $1
  and state <> 'removed'
  and id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
order by
  id desc
limit
  $3
offset
  $4

-- Plan:
-- Limit
--   Index Scan by sessions_account_id_id_idx on sessions
