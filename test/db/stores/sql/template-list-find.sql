select
  fetched_at as "fetchedAt",
  told_at as "toldAt"
from
  template_lists
where
  account_id = $1
  and business_account_id = $2

-- Plan:
-- Index Scan by template_lists_business_account_id_idx on template_lists
