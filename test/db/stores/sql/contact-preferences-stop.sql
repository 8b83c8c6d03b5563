select
  changed_at as at
from
  contact_preferences
where
  account_id = $1
  and address = $2
  and session_id = $3
  and category = $4
  and value = 'stop'

-- Plan:
-- Index Scan by contact_preferences_pkey on contact_preferences
