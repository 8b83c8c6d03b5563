update otp_verifications
set
  status = 'canceled',
  ended_at = now(),
  sealed_code = null,
  wake_at = now()
where
  id = $1
  and account_id = $2
  and status = 'pending'
  and expires_at > now()
returning
  id

-- Plan:
-- ModifyTable on otp_verifications
--   Index Scan by otp_verifications_pkey on otp_verifications
