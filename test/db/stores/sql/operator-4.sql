select
  id,
  account_id as "accountId",
  '' as name,
  old_secrets::text as text
from
  webhook_endpoints
where
  id > $1
  and old_secrets is not null
  and old_secrets <> '[]'
order by
  id
limit
  $2

-- Plan:
-- Limit
--   Index Scan by webhook_endpoints_pkey on webhook_endpoints
