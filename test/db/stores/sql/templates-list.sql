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
  and (name, language) > (coalesce($6, ''), coalesce($7, ''))
order by
  name,
  language
limit
  $8
offset
  $9

-- Plan:
-- Limit
--   Index Scan by templates_pkey on templates
