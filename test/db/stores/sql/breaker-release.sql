update sessions
set
  breaker_probe = null,
  breaker_probe_until = null
where
  id = $1
  and breaker_probe = $2

-- Plan:
-- ModifyTable on sessions
--   Index Scan by sessions_pkey on sessions
