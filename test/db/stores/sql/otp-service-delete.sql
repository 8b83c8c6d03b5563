delete from otp_services
where
  account_id = $1
  and name = $2
returning
  name

-- Plan:
-- ModifyTable on otp_services
--   Index Scan by otp_services_pkey on otp_services
