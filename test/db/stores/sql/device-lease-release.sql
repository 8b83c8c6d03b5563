update devices
set
  owner_id = null,
  lease_until = null
where
  session_id = $1
  and owner_id = $2
  and fence = $3::bigint

-- Plan:
-- ModifyTable on devices
--   Index Scan by devices_owner_id_idx on devices
