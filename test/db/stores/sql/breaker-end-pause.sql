update sessions
set
  breaker_until = least(breaker_until, now()),
  breaker_trips = 0,
  breaker_probe = null,
  breaker_probe_until = null,
  updated_at = now()
where
  id = $1
  and breaker_until is not null
returning
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

-- Plan:
-- ModifyTable on sessions
--   Index Scan by sessions_breaker_idx on sessions
