select
  sealed_code as sealed
from
  otp_verifications
where
  id = $1
  and status = 'pending'

-- Plan:
-- Index Scan by otp_verifications_pkey on otp_verifications
