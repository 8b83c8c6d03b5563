delete from device_workers
where
  id = $1
  or alive_until < now() - interval '1 hour'

-- Plan:
-- ModifyTable on device_workers
--   Seq Scan on device_workers
