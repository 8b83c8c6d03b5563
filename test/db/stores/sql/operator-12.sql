select
  session_id as id,
  account_id as "accountId",
  session_id::text as name,
  pairing as text
from
  devices
where
  session_id > $1
  and pairing is not null
order by
  session_id
limit
  $2

-- Plan:
-- Limit
--   Index Scan by devices_pkey on devices
