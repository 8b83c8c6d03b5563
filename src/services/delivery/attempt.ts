import type { Context } from '../../context.ts'
import type { DeliveryOutcome, EndpointUpdate } from '../../db/stores/webhooks/settle.ts'
import type { ClaimedDelivery, DeliveryTarget } from '../../domain/webhooks/delivery.ts'
import { bodyOf, postWebhook, presentTarget, type AttemptMade } from './post.ts'
import { metrics } from '../telemetry/metrics.ts'
import { enqueueDelayMsMax, settleDelivery } from './settle.ts'
import { inRequestSlot, type EndpointWork } from './concurrency.ts'
import { notWanted } from '../../domain/webhooks/delivery.ts'
import { healthOf, isFailing, isSuccessWorthWriting, recordOutcome } from './endpoint-health.ts'

/** A claim that would not outlast the request is given back; by then its endpoint may have caught up. */
const unusedWaitMs = 5_000
/** The sweeper looks for a delivery this long after its job should have claimed it. */
const graceMs = 10_000

interface Attempt {
  delivery: ClaimedDelivery
  work: EndpointWork
  /** When it was claimed, on this process's clock. */
  claimedMs: number
  /** It is let through an open breaker. */
  probe: boolean
}

/** Makes a claimed attempt as soon as a request slot is free, and records its outcome. Resolves with true for a success. */
export async function attemptDelivery(ctx: Context, attempt: Attempt): Promise<boolean> {
  const { delivery, work } = attempt
  const { accountId } = delivery
  const waitMs = startByMs(ctx, attempt) - performance.now()
  const made = await inRequestSlot(ctx, { work, accountId, waitMs }, () => attemptOnce(ctx, attempt))
  const { outcome, endpointUpdate } = made ?? releasedClaim(delivery)
  measure(ctx, delivery, outcome)
  await settleDelivery(ctx, { delivery, outcome, endpointUpdate })
  return outcome.status === 'delivered'
}

interface AttemptResult {
  outcome: DeliveryOutcome
  endpointUpdate: EndpointUpdate | null
}

/** When its request has to begin, so that the lease of the claim outlasts it. */
function startByMs(ctx: Context, { claimedMs }: Attempt): number {
  const { leaseMs, timeoutMs } = ctx.config.webhooks
  return claimedMs + leaseMs - timeoutMs
}

function releasedClaim(delivery: ClaimedDelivery): AttemptResult {
  return { outcome: { ...baseOf(delivery), dueInMs: unusedWaitMs }, endpointUpdate: null }
}

async function attemptOnce(ctx: Context, attempt: Attempt): Promise<AttemptResult> {
  const { delivery, claimedMs, probe } = attempt
  const base = baseOf(delivery)
  const waited = presentTarget(ctx, delivery, claimedMs)
  const target = waited instanceof Promise ? await waited : waited
  if (target === null || (!target.enabled && !delivery.manual)) {
    const lastError = target === null ? 'E_ENDPOINT_GONE' : 'E_ENDPOINT_DISABLED'
    return { outcome: { ...base, status: 'canceled', lastError }, endpointUpdate: null }
  }
  const body = bodyOf(delivery, target)
  if (body === null) {
    return { outcome: { ...base, status: 'canceled', lastError: notWanted }, endpointUpdate: null }
  }
  if (ctx.stopping.aborted || performance.now() > startByMs(ctx, attempt)) return releasedClaim(delivery)
  // A delivery that was claimed before the breaker opened waits for the probe with the others.
  if (healthOf(ctx, delivery.endpointId).isOpen && !probe && !delivery.manual) {
    return { outcome: { ...base, dueInMs: 0 }, endpointUpdate: null }
  }
  const { verdict, record } = await postWebhook(ctx, delivery, { target, body })
  const { status, dueInMs } = verdict
  const isEnqueued = dueInMs !== null && dueInMs <= enqueueDelayMsMax
  const outcome = { ...base, status, dueInMs, graceMs: isEnqueued ? graceMs : 0, made: record }
  return { outcome, endpointUpdate: updateOf(ctx, { delivery, target, probe, verdict }) }
}

function baseOf({ id, accountId, endpointId, attempt, manual }: ClaimedDelivery): DeliveryOutcome {
  return {
    id,
    accountId,
    endpointId,
    attempt,
    manual,
    status: 'pending',
    dueInMs: null,
    graceMs,
    made: null,
    lastError: null,
  }
}

/** The update of the endpoint that an attempt makes necessary; null when nothing about it changed. */
function updateOf(
  ctx: Context,
  {
    delivery,
    target,
    probe,
    verdict,
  }: {
    delivery: ClaimedDelivery
    target: DeliveryTarget
    probe: boolean
    verdict: AttemptMade['verdict']
  },
): EndpointUpdate | null {
  const { endpointId: id, manual } = delivery
  const health = healthOf(ctx, id)
  const success = verdict.status === 'delivered'
  // A manual attempt may show that an endpoint is well; its failure never counts against the endpoint.
  const trip = !manual && recordOutcome(health, { subject: delivery.id, failed: !success })
  if (trip) health.isOpen = true
  if (success) {
    const isWorthWriting = target.isFailing || target.isBreakerOpen || probe || isSuccessWorthWriting(health)
    return isWorthWriting ? { ...noUpdate, id, success, probe } : null
  }
  if (manual) return verdict.gone ? { ...noUpdate, id, error: verdict.error, gone: true } : null
  const { error, hold, gone, exhausted } = verdict
  // A single 502 or time-out may come from one server of many behind the URL: no reason to pause the endpoint.
  const holdMs = hold !== null && (hold.asked || isFailing(health)) ? hold.ms : null
  if (holdMs !== null) health.isOpen = true
  return { id, success, error, trip, probe, holdMs, gone, exhausted }
}

const noUpdate = {
  success: false,
  error: null,
  trip: false,
  probe: false,
  holdMs: null,
  gone: false,
  exhausted: false,
}

function measure(ctx: Context, { createdAt }: ClaimedDelivery, { status, made }: DeliveryOutcome): void {
  const counters = metrics(ctx)
  if (counters === null || (made === null && status === 'pending')) return
  counters.webhookAttempts.inc({ outcome: status === 'pending' ? 'retrying' : status })
  if (status !== 'delivered') return
  const delayMs = ctx.clock.now().getTime() - createdAt.getTime()
  counters.webhookDelaySeconds.observe(Math.max(0, delayMs / 1_000))
}
