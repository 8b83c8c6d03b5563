with
  found as materialized (
    select
      d.id,
      d.status,
      w.id is not null as exists
    from
      webhook_deliveries d
      left join webhook_endpoints w on w.id = d.endpoint_id
    where
      d.id = $2
      and d.account_id = $1
    for update of
      d
  ),
  made as (
    update webhook_deliveries d
    set
      manual = d.manual
      or f.status <> 'pending',
      status = 'pending',
      due_at = now(),
      wake_at = now() + interval '10 seconds'
    from
      found f
    where
      d.id = f.id
      and f.exists
      and f.status <> 'delivering'
    returning
      d.id
  )
select
  f.status,
  f.exists,
  exists (
    select
    from
      made
  ) as due
from
  found f

-- Plan:
-- CTE Scan
--   [CTE found] LockRows
--     Nested Loop
--       Index Scan by webhook_deliveries_pkey on webhook_deliveries
--       Index Scan by webhook_endpoints_pkey on webhook_endpoints
--   [CTE made] ModifyTable on webhook_deliveries
--     Nested Loop
--       CTE Scan
--       Index Scan by webhook_deliveries_pkey on webhook_deliveries
--   [InitPlan 3] CTE Scan
