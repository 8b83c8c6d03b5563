update api_keys
set
  revoked_at = $3
where
  id = $1
  and account_id = $2
  and revoked_at is null
returning
  id

-- Plan:
-- ModifyTable on api_keys
--   Index Scan by api_keys_pkey on api_keys
