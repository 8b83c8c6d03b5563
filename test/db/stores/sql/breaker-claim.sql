update sessions
set
  breaker_probe = $2,
  breaker_probe_until = now() + $3 * interval '1 millisecond'
where
  id = $1
  and state = 'active'
  and breaker_until <= now()
  and (
    breaker_probe_until is null
    or breaker_probe_until <= now()
  )
returning
  breaker_trips as trips

-- Plan:
-- ModifyTable on sessions
--   Index Scan by sessions_breaker_idx on sessions
