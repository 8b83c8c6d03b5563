with
  gone as (
    delete from devices
    where
      session_id = $1
      and owner_id = $2
      and fence = $3::bigint
    returning
      session_id
  ),
  chats as (
    delete from device_chats c using gone
    where
      c.session_id = gone.session_id
  )
delete from device_keys k using gone
where
  k.session_id = gone.session_id

-- Plan:
-- ModifyTable on device_keys
--   [CTE gone] ModifyTable on devices
--     Index Scan by devices_owner_id_idx on devices
--   [CTE chats] ModifyTable on device_chats
--     Nested Loop
--       Index Scan by device_chats_session_id_started_at_idx on device_chats
--       CTE Scan
--   Nested Loop
--     Index Scan by device_keys_session_id_type_name_key on device_keys
--     CTE Scan
