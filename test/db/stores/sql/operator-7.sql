select
  id,
  account_id as "accountId",
  '' as name,
  secret::text as text
from
  webhook_endpoints
where
  id > $1
  and secret is not null
order by
  id
limit
  $2

-- Plan:
-- Limit
--   Index Scan by webhook_endpoints_pkey on webhook_endpoints
