update otp_verifications
set
  status = case
    when expires_at <= statement_timestamp() then 'expired'
    else 'canceled'
  end,
  ended_at = least(expires_at, statement_timestamp()),
  sealed_code = null,
  wake_at = now()
where
  id = $1
  and status = 'pending'

-- Plan:
-- ModifyTable on otp_verifications
--   Index Scan by otp_verifications_pkey on otp_verifications
