with
  verified as (
    update sessions
    set
      display_phone_number = $4,
      verified_name = $5,
      quality_rating = $6,
      verified_at = $7,
      updated_at = $7,
      state = 'active',
      stop_code = null,
      stop_detail = null
    where
      account_id = $1
      and id = $2
      and credentials = $3
      and state <> 'removed'
    returning
      *
  ),
  released as (
    update callbacks c
    set
      state = 'pending',
      attempts = 0,
      wake_at = now()
    from
      verified p
      join held_callbacks h on h.sender_id = p.sender_id
      and h.provider = p.provider
    where
      c.id = h.callback_id
  )
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
  verified

-- Plan:
-- CTE Scan
--   [CTE verified] ModifyTable on sessions
--     Index Scan by sessions_account_id_id_idx on sessions
--   [CTE released] ModifyTable on callbacks
--     Nested Loop
--       Nested Loop
--         Index Scan by held_callbacks_sender_id_created_at_idx on held_callbacks
--         Index Scan by callbacks_pkey on callbacks
--       CTE Scan
