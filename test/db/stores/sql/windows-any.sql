select
  exists (
    select
    from
      contact_windows
    where
      account_id = $1
  ) as has

-- Plan:
-- Result
--   [InitPlan 1] Index Only Scan by contact_windows_pkey on contact_windows
