select
  status,
  count(*) as count
from
  messages
where
  batch_id = $1
  and account_id = $2
group by
  status

-- Plan:
-- Aggregate
--   Sort
--     Index Scan by messages_batch_idx on messages
