update otp_verifications
set
  status = 'expired',
  ended_at = expires_at,
  sealed_code = null,
  wake_at = now()
where
  id = $1
  and status = 'pending'

-- Plan:
-- ModifyTable on otp_verifications
--   Index Scan by otp_verifications_pkey on otp_verifications
