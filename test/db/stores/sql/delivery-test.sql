with
  endpoint as (
    select
      id,
      account_id
    from
      webhook_endpoints
    where
      id = $4
      and account_id = $3
  ),
  event as (
    insert into
      webhook_events (id, account_id, type, payload, test, created_at)
    select
      $2,
      account_id,
      $5,
      $6,
      true,
      now()
    from
      endpoint
    returning
      id
  )
insert into
  webhook_deliveries (
    id,
    account_id,
    event_id,
    endpoint_id,
    manual,
    due_at,
    wake_at,
    created_at
  )
select
  $1,
  h.account_id,
  e.id,
  h.id,
  true,
  now(),
  now() + interval '10 seconds',
  now()
from
  endpoint h,
  event e
returning
  id

-- Plan:
-- ModifyTable on webhook_deliveries
--   [CTE endpoint] Index Scan by webhook_endpoints_pkey on webhook_endpoints
--   [CTE event] ModifyTable on webhook_events
--     CTE Scan
--   Nested Loop
--     CTE Scan
--     CTE Scan
