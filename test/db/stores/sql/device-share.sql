select
  (
    select
      count(*)::int
    from
      devices
    where
      wanted
  ) as wanted,
  (
    select
      count(*)::int
    from
      device_workers
    where
      alive_until > now()
  ) as workers

-- Plan:
-- Result
--   [InitPlan 1] Aggregate
--     Index Only Scan by devices_wanted_idx on devices
--   [InitPlan 2] Aggregate
--     Seq Scan on device_workers
