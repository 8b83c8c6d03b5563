update webhook_recoveries
set
  wake_at = now() + $1 * interval '1 millisecond'
where
  id = (
    select
      id
    from
      webhook_recoveries
    where
      wake_at <= now()
    order by
      wake_at
    limit
      1
    for update
      skip locked
  )
returning
  id,
  endpoint_id as "endpointId",
  account_id as "accountId",
  cursor,
  since,
  until

-- Plan:
-- ModifyTable on webhook_recoveries
--   [InitPlan 1] Limit
--     LockRows
--       Index Scan by webhook_recoveries_wake_idx on webhook_recoveries
--   Index Scan by webhook_recoveries_endpoint_id_id_idx on webhook_recoveries
