select
  count(*) as count
from
  templates
where
  account_id = $1
  and business_account_id = $2
  and (
    $3::text is null
    or name = $3
  )
  and (
    $4::text is null
    or status = $4
  )
  and (
    $5::text is null
    or language = $5
  )

-- Plan:
-- Aggregate
--   Index Scan by templates_pkey on templates
