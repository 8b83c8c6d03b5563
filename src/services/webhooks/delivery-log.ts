import type { Context } from '../../context.ts'
import { findEndpoint } from '../../db/stores/webhooks/endpoints.ts'
import {
  findDelivery,
  insertTestDelivery,
  listDeliveries,
  makeDue,
  type DeliveryDetail,
  type DeliveryView,
} from '../../db/stores/webhooks/delivery-log.ts'
import { AppError } from '../../domain/app-error.ts'
import type { DeliveryStatus } from '../../domain/webhooks/delivery.ts'
import { payloadExample, type WebhookEventType } from '../../domain/webhooks/events.ts'
import { after } from '../../kit/clock.ts'
import { idFloor, newId } from '../../kit/id.ts'
import { pageOf } from '../../kit/page.ts'
import { scopeOf, type EndpointPlace } from './endpoints.ts'
import { enqueueDeliveries } from './publish.ts'

export type { DeliveryDetail, DeliveryView } from '../../db/stores/webhooks/delivery-log.ts'

/** Which deliveries to list. `cursor` is the `nextCursor` of the page before. */
export interface DeliveryListRequest {
  status: DeliveryStatus | null
  type: string | null
  since: Date | null
  until: Date | null
  cursor: string | null
  limit: number
}

export interface DeliveryPage {
  deliveries: DeliveryView[]
  limit: number
  nextCursor: string | null
}

/** After every id that there is. */
const idMax = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

/**
 * A page of what went to an endpoint, the newest first. A page may be short, or empty, though there is a next one.
 * Throws `not_found` for an endpoint that is not the account's.
 */
export async function findDeliveries(
  ctx: Context,
  { endpointId, ...place }: EndpointPlace & { endpointId: string },
  { status, type, since, until, cursor, limit }: DeliveryListRequest,
): Promise<DeliveryPage> {
  if ((await findEndpoint(ctx.db, scopeOf(place), endpointId)) === null) throw noSuchEndpoint()
  const { accountId } = place
  const ceiling = until === null ? idMax : idFloor(after(until, 1))
  const { deliveries: found, scannedTo } = await listDeliveries(ctx.db, {
    accountId,
    endpointId,
    status,
    type,
    before: cursor !== null && cursor < ceiling ? cursor : ceiling,
    from: idFloor(since ?? new Date(0)),
    limit: limit + 1,
  })
  const { rows: deliveries, nextCursor } = pageOf(found, limit, ({ id }) => id)
  return { deliveries, limit, nextCursor: nextCursor ?? scannedTo }
}

/** One delivery with its event and its attempts. Throws `not_found`. */
export async function getDelivery(ctx: Context, accountId: string, id: string): Promise<DeliveryDetail> {
  const delivery = await findDelivery(ctx.db, accountId, id)
  if (delivery === null) throw noSuchDelivery()
  return delivery
}

/**
 * Sends one delivery again, with the same `webhook-id`, whatever its endpoint subscribes to by now and even if it is
 * disabled: somebody asked for it. One that still waits for its next attempt gets that one now. Throws `not_found`
 * and `delivery_not_resendable`.
 */
export async function resendDelivery(ctx: Context, accountId: string, id: string): Promise<void> {
  const found = await makeDue(ctx.db, accountId, id)
  if (found === 'missing') throw noSuchDelivery()
  if (found === 'under way') {
    throw new AppError('delivery_not_resendable', 'An attempt is under way: wait for what comes of it.')
  }
  if (found === 'no endpoint') {
    throw new AppError('delivery_not_resendable', 'The endpoint of this delivery was removed.')
  }
  enqueueDeliveries(ctx, [id])
}

/**
 * Sends an endpoint a sample of an event at once, with a header `webhook-test: true`; it is tried once. Returns the
 * id of its delivery. Throws `not_found`.
 */
export async function sendTest(
  ctx: Context,
  { accountId, endpointId, type }: { accountId: string; endpointId: string; type: WebhookEventType },
): Promise<string> {
  const id = await insertTestDelivery(ctx.db, {
    deliveryId: newId(),
    eventId: newId(),
    accountId,
    endpointId,
    type,
    payload: JSON.stringify({ ...payloadExample(type), timestamp: ctx.clock.now().toISOString() }),
  })
  if (id === null) throw noSuchEndpoint()
  enqueueDeliveries(ctx, [id])
  return id
}

function noSuchDelivery(): AppError {
  return new AppError('not_found', 'There is no such webhook delivery in your account.')
}

function noSuchEndpoint(): AppError {
  return new AppError('not_found', 'There is no such webhook endpoint in your account.')
}
