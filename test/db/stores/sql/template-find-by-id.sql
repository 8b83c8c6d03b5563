select
  name,
  language,
  external_id as "externalId",
  status,
  reason,
  category,
  components,
  updated_at as "updatedAt"
from
  templates
where
  account_id = $1
  and business_account_id = $2
  and external_id = $3

-- Plan:
-- Index Scan by templates_pkey on templates
