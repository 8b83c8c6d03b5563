with
  scanned as materialized (
    select
      d.*
    from
      webhook_deliveries d
    where
      d.endpoint_id = $2
      and d.account_id = $1
      and d.id < $5
      and d.id >= $6
    order by
      d.id desc
    limit
      $8
  ),
  found as (
    select
      d.id,
      d.endpoint_id as "endpointId",
      d.event_id as "eventId",
      e.type,
      d.status,
      d.attempt as attempts,
      d.last_status as "lastStatus",
      d.last_error as "lastError",
      case
        when d.status = 'pending' then d.due_at
      end as "nextAttemptAt",
      d.delivered_at as "deliveredAt",
      d.created_at as "createdAt",
      e.test
    from
      scanned d
      join webhook_events e on e.id = d.event_id
    where
      (
        $3::text is null
        or d.status = $3
      )
      and (
        $4::text is null
        or e.type = $4
      )
    order by
      d.id desc
    limit
      $7
  )
select
  f.*,
  s.last,
  s.scanned
from
  (
    select
      min(id::text)::uuid as last,
      count(*)::int as scanned
    from
      scanned
  ) s
  left join found f on true

-- Plan:
-- Nested Loop
--   [CTE scanned] Limit
--     Index Scan by webhook_deliveries_pkey on webhook_deliveries
--   Aggregate
--     CTE Scan
--   Limit
--     Nested Loop
--       CTE Scan
--       Index Scan by webhook_events_pkey on webhook_events
