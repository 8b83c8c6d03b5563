select
  id,
  account_id as "accountId",
  name as name,
  credentials::text as text
from
  sessions
where
  id > $1
  and credentials is not null
  and credentials <> ''
order by
  id
limit
  $2

-- Plan:
-- Limit
--   Index Scan by sessions_pkey on sessions
