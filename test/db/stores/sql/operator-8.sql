select
  id,
  account_id as "accountId",
  account_id || ':' || name as name,
  test_numbers::text as text
from
  otp_services
where
  id > $1
  and test_numbers is not null
order by
  id
limit
  $2

-- Plan:
-- Limit
--   Index Scan by otp_services_id_key on otp_services
