select
  account_id as "accountId",
  name,
  settings,
  test_numbers as "testNumbers",
  created_at as "createdAt",
  updated_at as "updatedAt"
from
  otp_services
where
  account_id = $1
  and name = $2

-- Plan:
-- Index Scan by otp_services_pkey on otp_services
