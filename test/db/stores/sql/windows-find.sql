select
  max(last_inbound_at) as at
from
  contact_windows
where
  account_id = $1
  and address = $2
  and (
    $3::uuid is null
    or session_id = $3
  )

-- Plan:
-- Aggregate
--   Index Scan by contact_windows_pkey on contact_windows
