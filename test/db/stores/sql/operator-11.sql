select
  id,
  provider,
  session_id,
  body,
  received_at,
  coalesce(wake_at, received_at) as wake_at,
  state,
  attempts,
  error
from
  callbacks
where
  id >= $1
  and (
    $2::uuid is null
    or id > $2
  )
  and (
    $3::uuid[] is null
    or id = any ($3)
  )
  and state = 'failed'
order by
  id
limit
  $4

-- Plan:
-- Limit
--   Index Scan by callbacks_failed_idx on callbacks
