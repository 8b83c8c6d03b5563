update otp_verifications
set
  converted = $3
where
  id = $1
  and account_id = $2
returning
  id

-- Plan:
-- ModifyTable on otp_verifications
--   Index Scan by otp_verifications_pkey on otp_verifications
