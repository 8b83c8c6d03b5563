select
  name,
  value
from
  device_keys
where
  session_id = $1
  and type = $2
  and name = any ($3::text[])

-- Plan:
-- Index Scan by device_keys_session_id_type_name_key on device_keys
