select
  id,
  account_id as "accountId",
  session_id || ':' || type || ':' || name as name,
  value::text as text
from
  device_keys
where
  id > $1
  and value is not null
order by
  id
limit
  $2

-- Plan:
-- Limit
--   Index Scan by device_keys_pkey on device_keys
