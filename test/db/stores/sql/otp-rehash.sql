update otp_verifications
set
  code_hash = $3,
  code_key = $4
where
  id = $1
  and code_key = $2
  and status = 'pending'

-- Plan:
-- ModifyTable on otp_verifications
--   Index Scan by otp_verifications_pkey on otp_verifications
