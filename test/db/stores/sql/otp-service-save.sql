insert into
  otp_services (account_id, name, settings, test_numbers)
select
  $1::uuid,
  $2,
  $3::jsonb,
  $4
where
  exists (
    select
    from
      otp_services
    where
      account_id = $1
      and name = $2
  )
  or (
    select
      count(*)
    from
      otp_services
    where
      account_id = $1
  ) < 200
on conflict (account_id, name) do update
set
  settings = excluded.settings,
  test_numbers = excluded.test_numbers,
  updated_at = now()
returning
  account_id as "accountId",
  name,
  settings,
  test_numbers as "testNumbers",
  created_at as "createdAt",
  updated_at as "updatedAt"

-- Plan:
-- ModifyTable on otp_services
--   [InitPlan 1] Index Only Scan by otp_services_pkey on otp_services
--   [InitPlan 2] Aggregate
--     Index Only Scan by otp_services_pkey on otp_services
--   Result
