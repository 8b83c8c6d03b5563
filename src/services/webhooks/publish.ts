import type { Context } from '../../context.ts'
import { insertWebhookEvents, type NewWebhookEvent } from '../../db/stores/webhooks/outbox.ts'
import type { Announcement } from '../../domain/webhooks/events.ts'
import { newId } from '../../kit/id.ts'
import { storableJson } from '../../kit/storable.ts'
import { untilWritten } from '../common/until-stored.ts'

/**
 * Tells the webhook endpoints of accounts what happened: stores each event that somebody hears, with its deliveries,
 * in one commit, and rings for them. What happens to messages and to webhooks is told by the statement that changes
 * them instead (see `db/stores/moves.ts` and `webhook-settle-sql.ts`).
 */
export async function announce(ctx: Context, events: Announcement[]): Promise<void> {
  if (events.length === 0) return
  const rows = events.map((event) => eventRow(ctx, event))
  ringDeliveries(ctx, await insertWebhookEvents(ctx.db, rows))
}

/** The same for whoever has other work than to wait: it is written as soon as the database takes it. */
export function announceSoon(ctx: Context, events: Announcement[]): void {
  if (events.length > 0) ctx.tasks.track(untilWritten(ctx, () => announce(ctx, events)))
}

/** Rings for deliveries that were committed. Not awaited: a queue that is down delays them, and loses none. */
export function ringDeliveries(ctx: Context, ids: string[]): void {
  if (ids.length > 0) ctx.tasks.track(ctx.queue.ring('deliver-webhooks', ids))
}

/** An event as it is stored. */
export function eventRow(ctx: Context, event: Announcement): NewWebhookEvent {
  const at = event.at ?? ctx.clock.now()
  return {
    id: newId(),
    accountId: event.accountId,
    type: event.type,
    sessionId: event.sessionId ?? null,
    orderKey: event.orderKey ?? event.sessionId ?? null,
    payload: storableJson({ type: event.type, timestamp: at.toISOString(), data: event.data }),
  }
}
