update devices
set
  command = command + 1,
  rev = rev + 1
where
  session_id = $1
  and wanted
  and purpose = 'link'
returning
  session_id

-- Plan:
-- ModifyTable on devices
--   Index Scan by devices_wanted_idx on devices
