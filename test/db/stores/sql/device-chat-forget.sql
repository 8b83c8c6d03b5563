delete from device_chats
where
  session_id = $1
  and address = $2

-- Plan:
-- ModifyTable on device_chats
--   Index Scan by device_chats_session_id_started_at_idx on device_chats
