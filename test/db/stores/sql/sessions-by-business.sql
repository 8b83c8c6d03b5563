select distinct
  on (s.id, s.business) id,
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
  updated_at as "updatedAt",
  s.business as "businessId",
  s.is_verified as "isVerified"
from
  (
    select
      r.*,
      r.reported_business_id as business,
      true as is_verified
    from
      sessions r
    where
      r.reported_business_id = any ($2)
    union all
    select
      o.*,
      o.business_account_id,
      exists (
        select
        from
          template_lists l
        where
          l.account_id = o.account_id
          and l.business_account_id = o.business_account_id
      )
    from
      sessions o
    where
      o.business_account_id = any ($2)
  ) s
where
  s.provider = $1
  and s.state <> 'removed'
order by
  s.id,
  s.business,
  s.is_verified desc

-- Plan:
-- Unique
--   Sort
--     Append
--       Subquery Scan
--         Index Scan by sessions_reported_business_id_idx on sessions
--       Subquery Scan
--         Index Scan by sessions_business_account_idx on sessions
--           [SubPlan 1] Index Scan by template_lists_business_account_id_idx on template_lists
