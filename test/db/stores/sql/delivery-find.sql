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
  e.test,
  e.payload
from
  webhook_deliveries d
  join webhook_events e on e.id = d.event_id
where
  d.id = $2
  and d.account_id = $1

-- Plan:
-- Nested Loop
--   Index Scan by webhook_deliveries_pkey on webhook_deliveries
--   Index Scan by webhook_events_pkey on webhook_events
