import type { Context } from '../../context.ts'
import { pullDeliveries, type Claims } from '../../db/stores/webhooks/claim.ts'
import { deliveryLanes, laneOf, type HeldDelivery } from '../../domain/webhooks/delivery.ts'
import { groupBy } from '../../kit/group.ts'
import { wait } from '../../kit/concurrency/wait.ts'
import { attemptDelivery } from './attempt.ts'
import {
  claimedPerEndpointMax,
  dropIfEmpty,
  endpointHand,
  holdDelivery,
  roomInHand,
  type EndpointHand,
} from './concurrency.ts'
import { healthOf } from './endpoint-health.ts'

/** When the claim was made, whether it is let through an open breaker, and the places in its endpoint's pace. */
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
 * Starts to carry out what was claimed, each by itself; what was held back is fetched when there is room for it in the
 * hand for its endpoint.
 */
export function startDeliveries(
  ctx: Context,
  { claimed, held }: Claims,
  { startMs, probe = false, slots = null }: Start,
): void {
  claimed.forEach((delivery, index) => {
    const lane = laneOf(delivery)
    const hand = endpointHand(ctx, lane, delivery.endpointId)
    if (delivery.target !== null) {
      hand.ratePerSecond = delivery.target.ratePerSecond
      if (!delivery.target.isBreakerOpen) healthOf(ctx, delivery.endpointId).isOpen = false
    }
    const atMs = slots === null ? null : slots.firstMs + index * slots.spacingMs
    ctx.tasks.track(
      holdDelivery(ctx, hand, async () => {
        if (atMs !== null) await wait(Math.max(0, atMs - performance.now()), ctx.stopping)
        const settled = await attemptDelivery(ctx, { delivery, hand, claimedMs: startMs, probe })
        if (probe && settled) fetchOthers(ctx, delivery.endpointId)
      }).finally(() => fetchMore(ctx, hand)),
    )
  })
  noteHeld(ctx, held)
}

/** Remembers for whom more is waiting, and fetches it when there is room. */
function noteHeld(ctx: Context, held: HeldDelivery[]): void {
  for (const some of groupBy(held, ({ lane, endpointId }) => `${lane} ${endpointId}`).values()) {
    const [first] = some
    if (first === undefined) continue
    if (first.hold === 'open') healthOf(ctx, first.endpointId).isOpen = true
    const waiting = some.filter(({ hold }) => hold === 'crowded' || hold === 'limited').length
    if (waiting === 0) continue
    const hand = endpointHand(ctx, first.lane, first.endpointId)
    hand.waiting += waiting
    hand.ratePerSecond = first.ratePerSecond
    fetchMore(ctx, hand)
  }
}

/** An endpoint that took its probe is given what waits for it. */
function fetchOthers(ctx: Context, endpointId: string): void {
  for (const lane of deliveryLanes) {
    const hand = endpointHand(ctx, lane, endpointId)
    hand.waiting = Math.max(hand.waiting, claimedPerEndpointMax)
    fetchMore(ctx, hand)
  }
}

/** Fetches what waits for an endpoint, once a time, when there is room in its hand. */
function fetchMore(ctx: Context, hand: EndpointHand): void {
  if (hand.fetching || hand.waiting === 0 || roomInHand(ctx, hand) === 0) return
  if (ctx.stopping.aborted || healthOf(ctx, hand.id).isOpen) {
    hand.waiting = 0
    return dropIfEmpty(ctx, hand)
  }
  hand.fetching = true
  const fetching = fetchWhileRoom(ctx, hand).finally(() => {
    hand.fetching = false
    dropIfEmpty(ctx, hand)
  })
  ctx.tasks.track(fetching)
}

async function fetchWhileRoom(ctx: Context, hand: EndpointHand): Promise<void> {
  while (hand.waiting > 0 && roomInHand(ctx, hand) > 0 && !ctx.stopping.aborted) {
    const slots = await takeSlots(ctx, hand)
    if (slots.granted === 0) {
      await wait(slots.retryInMs, ctx.stopping)
      continue
    }
    const startMs = performance.now()
    const { leaseMs } = ctx.config.webhooks
    const { id: endpointId, lane } = hand
    const pulled = await pullDeliveries(ctx.db, {
      endpointId,
      lane,
      limit: slots.granted,
      leaseMs,
      probe: false,
    })
    // Fewer than there was room for: nothing else waits.
    const isLast = pulled.claimed.length < slots.granted
    hand.waiting = isLast ? 0 : Math.max(hand.waiting - pulled.claimed.length, claimedPerEndpointMax)
    startDeliveries(ctx, pulled, { startMs, slots: slots.paced })
  }
}

/** How many of an endpoint may go now: as many as there is room for, or as its own pace allows. */
async function takeSlots(
  ctx: Context,
  hand: EndpointHand,
): Promise<{ granted: number; retryInMs: number; paced: Slots | null }> {
  const { id, waiting, ratePerSecond } = hand
  const room = roomInHand(ctx, hand)
  if (ratePerSecond === null) return { granted: room, retryInMs: 0, paced: null }
  const slots = await ctx.pacer.take({
    key: `webhook:${id}`,
    wanted: Math.min(room, waiting),
    ratePerSecond,
    inTurn: true,
  })
  const firstMs = performance.now() + slots.firstInMs
  return { ...slots, paced: { firstMs, spacingMs: slots.spacingMs } }
}
