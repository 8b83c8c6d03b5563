import type { Db } from '../../client.ts'
import { orderKeyOf, type NewWebhookEvent } from './outbox.ts'

/** An event for one endpoint, whatever that subscribes to. */
export interface AddressedWebhookEvent extends NewWebhookEvent {
  endpointId: string
}

/**
 * Stores events that are not there yet, and a delivery of each to its endpoint, once. Returns the deliveries that must be
 * enqueued.
 */
export async function insertAddressedEvents(
  db: Db,
  events: readonly AddressedWebhookEvent[],
): Promise<string[]> {
  const rows = await db.query<{ id: string }>('webhook-events-addressed', addressedSql, [
    JSON.stringify(events),
  ])
  return rows.map((row) => row.id)
}

const addressedSql = `
with addressed as materialized (
  select x."id" as id, x."accountId" as account_id, x."type" as type, x."sessionId" as session_id,
         x."orderKey" as order_key, x."payload" as payload, x."endpointId" as endpoint_id
    from json_to_recordset($1::json) as x("id" uuid, "accountId" uuid, "type" text, "sessionId" uuid,
           "orderKey" text, "payload" text, "endpointId" uuid)
), stored as (
  insert into webhook_events (id, account_id, type, session_id, order_key, payload, created_at)
  select id, account_id, type, session_id, order_key, payload, now() from addressed order by id
  on conflict (id) do nothing
)
insert into webhook_deliveries (id, account_id, event_id, endpoint_id, order_key, due_at, wake_at, created_at)
select hermod_uuidv7(), h.account_id, h.id, w.id, ${orderKeyOf('h')}, now(), now() + interval '10 seconds', now()
  from addressed h join webhook_endpoints w on w.id = h.endpoint_id and w.account_id = h.account_id and w.enabled
 order by h.id
on conflict (event_id, endpoint_id) do nothing
returning id`
