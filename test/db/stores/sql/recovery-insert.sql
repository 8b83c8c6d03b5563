with
  endpoint as materialized (
    select
      w.id,
      w.account_id,
      w.enabled,
      w.enabled
      or w.disabled_reason in ('gone', 'failing') as open,
      exists (
        select
        from
          webhook_recoveries r
        where
          r.endpoint_id = w.id
          and r.state = 'running'
      ) as busy
    from
      webhook_endpoints w
    where
      w.id = $3
      and w.account_id = $2
    for update of
      w
  ),
  enabled as (
    update webhook_endpoints w
    set
      enabled = true,
      disabled_reason = null,
      disabled_at = null,
      failing_since = null,
      breaker_until = null,
      breaker_trips = 0,
      updated_at = now()
    from
      endpoint h
    where
      w.id = h.id
      and h.open
      and not h.enabled
      and not h.busy
  ),
  made as (
    insert into
      webhook_recoveries as r (
        id,
        account_id,
        endpoint_id,
        since,
        until,
        created_at,
        wake_at
      )
    select
      $1,
      account_id,
      id,
      $4,
      $5,
      now(),
      now()
    from
      endpoint
    where
      open
      and not busy
    returning
      r.id,
      r.endpoint_id as "endpointId",
      r.since,
      r.until,
      r.state,
      r.count,
      r.created_at as "createdAt"
  )
select
  m.*,
  h.open,
  h.busy
from
  endpoint h
  left join made m on true

-- Plan:
-- Nested Loop
--   [CTE endpoint] LockRows
--     Index Scan by webhook_endpoints_pkey on webhook_endpoints
--       [SubPlan 2] Seq Scan on webhook_recoveries
--   [CTE enabled] ModifyTable on webhook_endpoints
--     Nested Loop
--       CTE Scan
--       Index Scan by webhook_endpoints_pkey on webhook_endpoints
--   [CTE made] ModifyTable on webhook_recoveries
--     CTE Scan
--   CTE Scan
--   CTE Scan
