delete from templates
where
  account_id = $1
  and business_account_id = $2
  and name = $3
  and (
    $4::text is null
    or language = $4
  )

-- Plan:
-- ModifyTable on templates
--   Index Scan by templates_pkey on templates
