select
  id
from
  billing_events
where
  id = $1

-- Plan:
-- Index Only Scan by billing_events_pkey on billing_events
