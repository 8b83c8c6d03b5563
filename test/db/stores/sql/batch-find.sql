select
  id,
  total,
  failed_count as "failedCount",
  created_at as "createdAt"
from
  batches
where
  id = $1
  and account_id = $2

-- Plan:
-- Index Scan by batches_account_id_id_idx on batches
