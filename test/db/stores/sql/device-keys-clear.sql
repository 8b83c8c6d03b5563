with
  held as materialized (
    select
      session_id
    from
      devices
    where
      session_id = $1
      and owner_id = $2
      and fence = $3::bigint
    for share
  )
delete from device_keys k using held
where
  k.session_id = held.session_id

-- Plan:
-- ModifyTable on device_keys
--   [CTE held] LockRows
--     Index Scan by devices_owner_id_idx on devices
--   Nested Loop
--     Index Scan by device_keys_session_id_type_name_key on device_keys
--     CTE Scan
