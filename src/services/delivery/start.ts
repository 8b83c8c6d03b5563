import type { Context } from '../../context.ts'
import { pullDeliveries, type Claims } from '../../db/stores/webhooks/claim.ts'
import { deliveryLanes, laneOf, type HeldDelivery } from '../../domain/webhooks/delivery.ts'
import { groupBy } from '../../kit/group.ts'
import { wait } from '../../kit/concurrency/wait.ts'
import { attemptDelivery } from './attempt.ts'
import {
  claimedPerEndpointMax,
  dropIfIdle,
  endpointWork,
  whileInFlight,
  roomToFetch,
  type EndpointWork,
} from './concurrency.ts'
import { healthOf } from './endpoint-health.ts'

/** When the claim was made, whether it is let through an open breaker, and the slots in its endpoint's pace. */
interface Start {
  startMs: number
  probe?: boolean
  slots?: Slots | null
}

interface Slots {
  firstMs: number
  spacingMs: number
}

/**
 * Starts the claimed deliveries, each by itself. Deliveries that were not claimed are fetched when there is room for them in the
 * work for its endpoint.
 */
export function startDeliveries(
  ctx: Context,
  { claimed, held }: Claims,
  { startMs, probe = false, slots = null }: Start,
): void {
  claimed.forEach((delivery, index) => {
    const lane = laneOf(delivery)
    const work = endpointWork(ctx, lane, delivery.endpointId)
    if (delivery.target !== null) {
      work.ratePerSecond = delivery.target.ratePerSecond
      if (!delivery.target.isBreakerOpen) healthOf(ctx, delivery.endpointId).isOpen = false
    }
    const atMs = slots === null ? null : slots.firstMs + index * slots.spacingMs
    ctx.tasks.track(
      whileInFlight(ctx, work, async () => {
        if (atMs !== null) await wait(Math.max(0, atMs - performance.now()), ctx.stopping)
        const settled = await attemptDelivery(ctx, { delivery, work, claimedMs: startMs, probe })
        if (probe && settled) fetchAfterProbe(ctx, delivery.endpointId)
      }).finally(() => fetchMore(ctx, work)),
    )
  })
  rememberBusy(ctx, held)
}

/** Remembers for whom more is waiting, and fetches it when there is room. */
function rememberBusy(ctx: Context, held: HeldDelivery[]): void {
  for (const some of groupBy(held, ({ lane, endpointId }) => `${lane} ${endpointId}`).values()) {
    const [first] = some
    if (first === undefined) continue
    if (first.hold === 'open') healthOf(ctx, first.endpointId).isOpen = true
    const waiting = some.filter(({ hold }) => hold === 'busy' || hold === 'limited').length
    if (waiting === 0) continue
    const work = endpointWork(ctx, first.lane, first.endpointId)
    work.waiting += waiting
    work.ratePerSecond = first.ratePerSecond
    fetchMore(ctx, work)
  }
}

/** An endpoint that took its probe is given what waits for it. */
function fetchAfterProbe(ctx: Context, endpointId: string): void {
  for (const lane of deliveryLanes) {
    const work = endpointWork(ctx, lane, endpointId)
    work.waiting = Math.max(work.waiting, claimedPerEndpointMax)
    fetchMore(ctx, work)
  }
}

/** Fetches what waits for an endpoint, once a time, when there is room in its work. */
function fetchMore(ctx: Context, work: EndpointWork): void {
  if (work.fetching || work.waiting === 0 || roomToFetch(ctx, work) === 0) return
  if (ctx.stopping.aborted || healthOf(ctx, work.id).isOpen) {
    work.waiting = 0
    return dropIfIdle(ctx, work)
  }
  work.fetching = true
  const fetching = fetchWhileRoom(ctx, work).finally(() => {
    work.fetching = false
    dropIfIdle(ctx, work)
  })
  ctx.tasks.track(fetching)
}

async function fetchWhileRoom(ctx: Context, work: EndpointWork): Promise<void> {
  while (work.waiting > 0 && roomToFetch(ctx, work) > 0 && !ctx.stopping.aborted) {
    const slots = await acquireSlots(ctx, work)
    if (slots.granted === 0) {
      await wait(slots.retryInMs, ctx.stopping)
      continue
    }
    const startMs = performance.now()
    const { leaseMs } = ctx.config.webhooks
    const { id: endpointId, lane } = work
    const pulled = await pullDeliveries(ctx.db, {
      endpointId,
      lane,
      limit: slots.granted,
      leaseMs,
      probe: false,
    })
    // Fewer than there was room for: nothing else waits.
    const isLast = pulled.claimed.length < slots.granted
    work.waiting = isLast ? 0 : Math.max(work.waiting - pulled.claimed.length, claimedPerEndpointMax)
    startDeliveries(ctx, pulled, { startMs, slots: slots.paced })
  }
}

/** How many of an endpoint may go now: as many as there is room for, or as its own pace allows. */
async function acquireSlots(
  ctx: Context,
  work: EndpointWork,
): Promise<{ granted: number; retryInMs: number; paced: Slots | null }> {
  const { id, waiting, ratePerSecond } = work
  const room = roomToFetch(ctx, work)
  if (ratePerSecond === null) return { granted: room, retryInMs: 0, paced: null }
  const slots = await ctx.pacer.reserve({
    key: `webhook:${id}`,
    wanted: Math.min(room, waiting),
    ratePerSecond,
    requeued: true,
  })
  const firstMs = performance.now() + slots.firstInMs
  return { ...slots, paced: { firstMs, spacingMs: slots.spacingMs } }
}
