select
  name,
  language,
  components
from
  templates
where
  account_id = $1
  and business_account_id = $2
  and category = 'AUTHENTICATION'
  and status = 'APPROVED'
order by
  name,
  language
limit
  500

-- Plan:
-- Limit
--   Index Scan by templates_pkey on templates
