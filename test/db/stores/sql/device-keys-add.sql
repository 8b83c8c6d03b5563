insert into
  device_keys (account_id, session_id, type, name, value)
values
  ($1, $2, $3, $4, $5)
on conflict (session_id, type, name) do nothing

-- Plan:
-- ModifyTable on device_keys
--   Result
