import { perContext, type Context } from '../context.ts'
import {
  claimDeliveries,
  settleDeliveries,
  type ClaimedDelivery,
  type DeliveryOutcome,
} from '../db/stores/webhooks.ts'
import { isUnavailable } from '../db/client.ts'
import { jitter } from '../kit/backoff.ts'
import { createBatcher } from '../kit/batcher.ts'
import { createGate, type Gate } from '../kit/gate.ts'
import { signWebhook } from '../kit/standard-webhooks.ts'
import { wait } from '../kit/wait.ts'
import { metrics } from './metrics.ts'
import { webhookSecretPurpose } from './webhooks.ts'

/** Deliveries that one process has claimed and not yet settled. */
const inFlightMax = 1_024
/** Requests to one endpoint at once. */
const perEndpointMax = 32

interface Hand {
  all: Gate
  byEndpoint: Map<string, Gate>
}

const hands = perContext((): Hand => ({ all: createGate(inFlightMax), byEndpoint: new Map() }))

const settlements = perContext((ctx: Context) =>
  createBatcher<DeliveryOutcome, void>({
    itemsMax: 256,
    lanes: 1,
    waitingMax: Infinity,
    async run(outcomes) {
      await untilWritten(ctx, outcomes)
      return outcomes.map(() => ({ status: 'fulfilled', value: undefined }))
    },
  }),
)

/**
 * Delivers events to their endpoints: claims what is due and starts to post it. Resolves once it is claimed; each
 * delivery is settled by itself. A crash after a post and before its settlement delivers it again, with the same
 * `webhook-id`.
 */
export async function deliverWebhooks(ctx: Context, ids: string[]): Promise<void> {
  if (ctx.stopping.aborted) return
  const hand = hands(ctx)
  await hand.all.room()
  const leaseEndMs = performance.now() + ctx.config.webhooks.leaseMs
  for (const delivery of await claimDeliveries(ctx.db, ids, ctx.config.webhooks.leaseMs)) {
    ctx.tasks.track(
      hand.all.run(() => gateOf(hand, delivery.endpointId).run(() => deliver(ctx, delivery, leaseEndMs))),
    )
  }
}

function gateOf(hand: Hand, endpointId: string): Gate {
  const found = hand.byEndpoint.get(endpointId)
  if (found !== undefined) return found
  if (hand.byEndpoint.size > 10_000) {
    for (const [id, gate] of hand.byEndpoint) if (gate.size() === 0) hand.byEndpoint.delete(id)
  }
  const gate = createGate(perEndpointMax)
  hand.byEndpoint.set(endpointId, gate)
  return gate
}

async function deliver(ctx: Context, delivery: ClaimedDelivery, leaseEndMs: number): Promise<void> {
  const outcome = await attempt(ctx, delivery, leaseEndMs)
  measure(ctx, delivery, outcome)
  await settlements(ctx).add(outcome)
  if (outcome.dueInMs !== null) {
    await ctx.queue.ring('deliver-webhooks', [delivery.id], { delayMs: Math.max(1, outcome.dueInMs) })
  }
}

function measure(ctx: Context, { createdAt }: ClaimedDelivery, { status, unused }: DeliveryOutcome): void {
  const counters = metrics(ctx)
  if (counters === null || unused) return
  counters.webhookAttempts.inc({ outcome: status === 'pending' ? 'retrying' : status })
  if (status !== 'delivered') return
  const delayMs = ctx.clock.now().getTime() - createdAt.getTime()
  counters.webhookDelaySeconds.observe(Math.max(0, delayMs / 1_000))
}

async function attempt(
  ctx: Context,
  delivery: ClaimedDelivery,
  leaseEndMs: number,
): Promise<DeliveryOutcome> {
  const base = { id: delivery.id, attempt: delivery.attempt, unused: false, lastStatus: 0, dueInMs: null }
  const { endpoint } = delivery
  if (endpoint === null) return { ...base, status: 'canceled', lastError: 'E_ENDPOINT_GONE' }
  if (ctx.stopping.aborted || performance.now() + ctx.config.webhooks.timeoutMs > leaseEndMs) {
    return { ...base, unused: true, status: 'pending', dueInMs: 100, lastError: null }
  }
  const secret = ctx.sealer.open(endpoint.secret, webhookSecretPurpose(delivery.accountId))
  const answer = await ctx.outbound.post(endpoint.url, {
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Hermod-Webhooks/1.0',
      ...signWebhook({
        id: delivery.eventId,
        at: ctx.clock.now(),
        body: delivery.payload,
        secrets: [secret],
      }),
    },
    body: delivery.payload,
  })
  if (answer.status >= 200 && answer.status < 300) {
    return { ...base, status: 'delivered', lastStatus: answer.status, lastError: null }
  }
  const failed = { ...base, lastStatus: answer.status, lastError: answer.error ?? 'E_HTTP' }
  const waitMs = ctx.config.webhooks.scheduleMs[delivery.attempt - 1]
  if (waitMs === undefined) return { ...failed, status: 'failed' }
  return { ...failed, status: 'pending', dueInMs: Math.round(jitter(waitMs)) }
}

async function untilWritten(ctx: Context, outcomes: DeliveryOutcome[]): Promise<void> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await settleDeliveries(ctx.db, outcomes)
    } catch (error) {
      if (!isUnavailable(error)) throw error
      await wait(Math.min(1_000, 50 * failures))
    }
  }
}
