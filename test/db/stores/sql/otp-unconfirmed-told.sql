update otp_sends
set
  confirm_by = null
where
  id = any ($1::uuid[])

-- Plan:
-- ModifyTable on otp_sends
--   Index Scan by otp_sends_pkey on otp_sends
