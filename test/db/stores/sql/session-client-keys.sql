select
  session_id,
  key
from
  session_client_keys
where
  account_id = $1
  and surface = $2
  and mode = $3
  and session_id = any ($4::uuid[])

-- Plan:
-- Index Scan by session_client_keys_session_id_idx on session_client_keys
