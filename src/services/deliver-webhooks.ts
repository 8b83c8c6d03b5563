import { perContext, type Context } from '../context.ts'
import {
  claimDeliveries,
  findCrowded,
  settleDeliveries,
  type ClaimedDelivery,
  type DeliveryOutcome,
} from '../db/stores/webhook-deliveries.ts'
import { jitter } from '../kit/backoff.ts'
import { createBatcher } from '../kit/batcher.ts'
import { createGate, type Gate } from '../kit/gate.ts'
import { createMeter, type Meter } from '../kit/meter.ts'
import { signWebhook } from '../kit/standard-webhooks.ts'
import { metrics } from './metrics.ts'
import { untilWritten } from './until-written.ts'
import { webhookSecretPurpose } from './webhook-secrets.ts'

/** Deliveries that one process may have claimed and not settled before it claims more. */
const claimedMax = 16_384
/** Requests under way at once, to all endpoints and to one. */
const requestsMax = 512
const requestsPerEndpointMax = 32
/** An endpoint with so many in hand gets no more for now: they wait in Postgres, where they cost nothing. */
const crowdedAt = 256
/** How long they wait when the endpoint answers, and when it has not answered for a while. */
const crowdedWaitMs = { lively: 50, silent: 2_000 }
const silentAfterMs = 1_000
/** A claim that would not outlast the request is given back; by then its endpoint may have caught up. */
const unusedWaitMs = 5_000

interface EndpointHand {
  claimed: number
  requests: Gate
  /** When a delivery to it last ended, on this process's clock. */
  endedAtMs: number
}

/** What one process has in hand. */
interface Hand {
  claimed: Meter
  requests: Gate
  endpoints: Map<string, EndpointHand>
}

const hands = perContext((): Hand => ({
  claimed: createMeter(claimedMax),
  requests: createGate(requestsMax),
  endpoints: new Map(),
}))

const settlements = perContext((ctx: Context) =>
  createBatcher<DeliveryOutcome, void>({
    itemsMax: 256,
    lanes: 1,
    waitingMax: Infinity,
    async run(outcomes) {
      await untilWritten(ctx, () => settleDeliveries(ctx.db, outcomes))
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
  await hand.claimed.room()
  const crowded = [...hand.endpoints].flatMap(([id, { claimed }]) => (claimed >= crowdedAt ? [id] : []))
  const { leaseMs } = ctx.config.webhooks
  const leaseEndMs = performance.now() + leaseMs
  for (const delivery of await claimDeliveries(ctx.db, { ids, leaseMs, crowded })) {
    ctx.tasks.track(inHand(hand, delivery.endpointId, () => deliver(ctx, delivery, leaseEndMs)))
  }
  if (crowded.length > 0) {
    const waiting = await findCrowded(ctx.db, ids, crowded)
    const delayMs = isSilent(hand, crowded) ? crowdedWaitMs.silent : crowdedWaitMs.lively
    if (waiting.length > 0) await ctx.queue.ring('deliver-webhooks', waiting, { delayMs })
  }
}

/** Whether none of these endpoints has answered for a while. */
function isSilent(hand: Hand, endpointIds: string[]): boolean {
  const since = performance.now() - silentAfterMs
  return endpointIds.every((id) => (hand.endpoints.get(id)?.endedAtMs ?? 0) < since)
}

/** Waits for the endpoint first: one that hangs takes none of the places that the others need. */
async function inHand(hand: Hand, endpointId: string, act: () => Promise<void>): Promise<void> {
  const endpoint = hand.endpoints.get(endpointId) ?? {
    claimed: 0,
    requests: createGate(requestsPerEndpointMax),
    endedAtMs: performance.now(),
  }
  hand.endpoints.set(endpointId, endpoint)
  endpoint.claimed += 1
  hand.claimed.add(1)
  try {
    await endpoint.requests.run(() => hand.requests.run(act))
  } finally {
    hand.claimed.remove(1)
    endpoint.claimed -= 1
    endpoint.endedAtMs = performance.now()
    if (endpoint.claimed === 0) hand.endpoints.delete(endpointId)
  }
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
    return { ...base, unused: true, status: 'pending', dueInMs: unusedWaitMs, lastError: null }
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
