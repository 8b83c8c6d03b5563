import type { z } from 'zod'
import type { Context } from '../../../../context.ts'
import { notWanted } from '../../../../domain/webhooks/delivery.ts'
import { isWebhookEventType } from '../../../../domain/webhooks/events.ts'
import { envelopeEvents } from '../../../../domain/webhooks/formats/envelope-events.ts'
import { wait } from '../../../../kit/concurrency/wait.ts'
import {
  findDeliveries,
  getDelivery,
  sendTest,
  type DeliveryDetail,
  type DeliveryView,
} from '../../../../services/webhooks/delivery-log.ts'
import { getEndpoint } from '../../../../services/webhooks/endpoints.ts'
import type { logsAnswer, testAnswer } from './schema.ts'

interface Place {
  accountId: string
  format: 'envelope'
}

/** How often the result of a test is looked for. */
const lookEveryMs = 100
/** A receiver may take as long as its time limit; a worker needs a moment on both sides of it. */
const graceMs = 5_000

/** Sends a sample of an event to a webhook and waits for what comes of it. Throws `not_found`. */
export async function testWebhook(
  ctx: Context,
  place: Place,
  id: string,
): Promise<z.input<typeof testAnswer>> {
  const { endpoint } = await getEndpoint(ctx, place, id)
  const type = endpoint.events.find(isWebhookEventType) ?? 'message.received'
  const { accountId } = place
  const deliveryId = await sendTest(ctx, { accountId, endpointId: endpoint.id, type })
  const until = performance.now() + ctx.config.webhooks.timeoutMs + graceMs
  for (;;) {
    const delivery = await getDelivery(ctx, accountId, deliveryId)
    if (delivery.status === 'delivered' || delivery.status === 'failed') return resultOf(delivery)
    if (delivery.status === 'canceled' || performance.now() > until || ctx.stopping.aborted) {
      return { ...noAnswer, error: delivery.lastError ?? 'It is still under way: see the logs.' }
    }
    await wait(lookEveryMs, ctx.stopping)
  }
}

const noAnswer = { success: false, statusCode: null, body: null, headers: {}, latencyMs: null }

function resultOf({ status, log, lastError }: DeliveryDetail): z.input<typeof testAnswer> {
  const last = log.at(-1)
  return {
    success: status === 'delivered',
    statusCode: last === undefined || last.status === 0 ? null : last.status,
    body: last?.responseBody ?? null,
    headers: last?.responseHeaders ?? {},
    latencyMs: last?.latencyMs ?? null,
    ...(status !== 'delivered' && { error: lastError ?? 'It was not delivered.' }),
  }
}

/** Deliveries that went to a webhook lately, the newest first. Throws `not_found`. */
export async function readLogs(
  ctx: Context,
  place: Place,
  { id, limit }: { id: string; limit: number },
): Promise<z.input<typeof logsAnswer>> {
  const { deliveries } = await findDeliveries(
    ctx,
    { ...place, endpointId: id },
    { status: null, type: null, since: null, until: null, cursor: null, limit },
  )
  const logs = deliveries.filter(({ lastError }) => lastError !== notWanted).map(presentLog)
  return { logs, total: logs.length }
}

function presentLog(delivery: DeliveryView): z.input<typeof logsAnswer>['logs'][number] {
  const { id, eventId, type, status, attempts, lastStatus, lastError } = delivery
  return {
    id,
    eventId: `evt_${eventId.replaceAll('-', '')}`,
    eventType: envelopeEvents.find(({ types }) => types.some((one) => one === type))?.name ?? type,
    status,
    attempts,
    statusCode: lastStatus === 0 ? null : lastStatus,
    error: lastError,
    nextAttemptAt: delivery.nextAttemptAt?.toISOString() ?? null,
    deliveredAt: delivery.deliveredAt?.toISOString() ?? null,
    createdAt: delivery.createdAt.toISOString(),
  }
}
