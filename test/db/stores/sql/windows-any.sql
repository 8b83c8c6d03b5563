select
  exists (
    select
    from
      contact_windows
    where
      account_id = $1
      and session_id <> all ($2::uuid[])
  ) as has

-- Plan:
-- Result
--   [InitPlan 1] Index Only Scan by contact_windows_pkey on contact_windows
