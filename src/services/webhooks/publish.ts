import type { Context } from '../../context.ts'
import { insertWebhookEvents, type NewWebhookEvent } from '../../db/stores/webhooks/outbox.ts'
import type { NewEvent } from '../../domain/webhooks/events.ts'
import { newId } from '../../kit/id.ts'
import { storableJson } from '../../kit/storable.ts'
import { untilStored } from '../common/until-stored.ts'

// The front door of the room: stores an event with its deliveries and enqueues them. The others: `endpoints` and
// `default-endpoint` manage where they go, `secrets`, `rotate-secret` and `public-url` guard them, `delivery-log` and
// `replay` show and repeat deliveries, `callback-endpoint` serves URLs that a request brings along. How a delivery is made is the room `delivery`.

/**
 * Publishes events to the webhook endpoints of accounts: stores each event that an endpoint subscribes to, with its deliveries,
 * in one commit, and enqueues them. Events about messages and webhooks are written by the statement that changes
 * them instead (see `db/stores/messages/transition.ts` and `db/stores/webhooks/settle-sql.ts`).
 */
export async function publishEvents(ctx: Context, events: NewEvent[]): Promise<void> {
  if (events.length === 0) return
  const rows = events.map((event) => eventRow(ctx, event))
  enqueueDeliveries(ctx, await insertWebhookEvents(ctx.db, rows))
}

/** Publishes events in the background, and tries again until the database accepts them. */
export function publishEventsSoon(ctx: Context, events: NewEvent[]): void {
  if (events.length > 0) ctx.tasks.track(untilStored(ctx, () => publishEvents(ctx, events)))
}

/** Enqueues deliveries that were committed. Not awaited: a queue that is down delays them, and loses none. */
export function enqueueDeliveries(ctx: Context, ids: string[]): void {
  if (ids.length > 0) ctx.tasks.track(ctx.queue.enqueue('deliver-webhooks', ids))
}

/** An event as it is stored. */
export function eventRow(ctx: Context, event: NewEvent): NewWebhookEvent {
  const at = event.at ?? ctx.clock.now()
  return {
    id: event.id ?? newId(),
    accountId: event.accountId,
    type: event.type,
    sessionId: event.sessionId ?? null,
    orderKey: event.orderKey ?? event.sessionId ?? null,
    payload: storableJson({ type: event.type, timestamp: at.toISOString(), data: event.data }),
  }
}
