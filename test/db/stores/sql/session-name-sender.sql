update sessions
set
  display_phone_number = $2,
  verified_name = $3,
  updated_at = now()
where
  id = $1
  and state <> 'removed'
  and (display_phone_number, verified_name) is distinct from ($2, $3)

-- Plan:
-- ModifyTable on sessions
--   Index Scan by sessions_pkey on sessions
