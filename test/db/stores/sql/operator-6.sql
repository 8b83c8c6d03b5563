select
  id,
  account_id as "accountId",
  '' as name,
  sealed_code::text as text
from
  otp_verifications
where
  id > $1
  and sealed_code is not null
order by
  id
limit
  $2

-- Plan:
-- Limit
--   Index Scan by otp_verifications_sealed_idx on otp_verifications
