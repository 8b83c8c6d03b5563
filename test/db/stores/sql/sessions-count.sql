select
  count(*) as count
from
  sessions
where
  account_id = $1
  and state <> 'removed'
  and provider = coalesce($2, provider)

-- Plan:
-- Aggregate
--   Index Scan by sessions_live_name_key on sessions
