update sessions
set
  last_error_code = $2,
  last_error_detail = $3,
  last_error_at = $4
where
  id = $1

-- Plan:
-- ModifyTable on sessions
--   Index Scan by sessions_pkey on sessions
