select
  exists (
    select
    from
      contact_preferences
    where
      account_id = $1
      and value = 'stop'
  ) as found

-- Plan:
-- Result
--   [InitPlan 1] Index Scan by contact_preferences_pkey on contact_preferences
