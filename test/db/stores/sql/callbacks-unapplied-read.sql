select
  id,
  provider,
  session_id,
  body,
  received_at,
  wake_at
from
  callbacks
where
  wake_at is not null
  and attempts = 0
  and provider = any ($1)
order by
  wake_at
limit
  $2

-- Plan:
-- Limit
--   Index Scan by callbacks_wake_idx on callbacks
