delete from templates
where
  account_id = $1
  and business_account_id = $2
  and updated_at < $3

-- Plan:
-- ModifyTable on templates
--   Index Scan by templates_pkey on templates
