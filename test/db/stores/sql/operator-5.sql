select
  id,
  account_id as "accountId",
  '' as name,
  sealed::text as text
from
  messages
where
  id > $1
  and sealed is not null
  and sealed <> ''
order by
  id
limit
  $2

-- Plan:
-- Limit
--   Sort
--     Index Scan by messages_sealed_idx on messages
