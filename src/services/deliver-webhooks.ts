import { perContext, type Context } from '../context.ts'
import {
  claimDeliveries,
  pullDeliveries,
  sweepDeliveries as claimLate,
  type Claims,
} from '../db/stores/webhook-claims.ts'
import { closeBreaker, takeBreakersToProbe } from '../db/stores/webhook-deliveries.ts'
import { deliveryLanes, laneOf, type DeliveryLane, type HeldDelivery } from '../domain/webhook-delivery.ts'
import { createBatcher } from '../kit/batcher.ts'
import { groupBy } from '../kit/group.ts'
import { wait } from '../kit/wait.ts'
import { carryOut } from './carry-webhook.ts'
import {
  claimedPerEndpointMax,
  crowdedEndpoints,
  dropIfEmpty,
  endpointHand,
  hasRoomForDeliveries,
  holdDelivery,
  roomForDeliveries,
  roomInHand,
  type EndpointHand,
} from './webhook-hand.ts'
import { healthOf } from './webhook-health.ts'

/** Doorbells that are answered together at most. */
const bellsARound = 16

/** Doorbells that ring while a claim is under way make up the next one together. */
const rounds = perContext((ctx: Context) => {
  const roundOf = () =>
    createBatcher<string[], void>({
      itemsMax: bellsARound,
      lanes: 2,
      waitingMax: Infinity,
      async run(bells) {
        await claim(ctx, [...new Set(bells.flat())])
        return bells.map(() => ({ status: 'fulfilled', value: undefined }))
      },
    })
  return { early: roundOf(), late: roundOf() }
})

/**
 * Delivers events to their endpoints: claims what is due and starts to post it. Resolves once it is claimed; each
 * delivery is settled by itself. A crash after a post and before its settlement delivers it again, with the same
 * `webhook-id`.
 *
 * What may not go yet is not claimed and costs no attempt: an endpoint that has enough in hand, or a pace of its
 * own, is fetched for when there is room; one whose breaker is open waits for its probe.
 */
export async function deliverWebhooks(
  ctx: Context,
  { lane, ids }: { lane: DeliveryLane; ids: string[] },
): Promise<void> {
  if (ctx.stopping.aborted) return
  await roomForDeliveries(ctx, lane)
  await rounds(ctx)[lane].add(ids)
}

async function claim(ctx: Context, ids: string[]): Promise<void> {
  if (ctx.stopping.aborted) return
  const { leaseMs } = ctx.config.webhooks
  const startMs = performance.now()
  start(ctx, await claimDeliveries(ctx.db, { ids, leaseMs, crowded: crowdedEndpoints(ctx) }), { startMs })
}

/**
 * Takes up to `limit` deliveries that were left behind, and lets one delivery through each breaker whose time is
 * up. Returns true when there may be more to find.
 */
export async function sweepDeliveries(ctx: Context, limit: number): Promise<boolean> {
  if (ctx.stopping.aborted) return false
  await probeBreakers(ctx)
  if (!hasRoomForDeliveries(ctx)) return false
  const startMs = performance.now()
  const { leaseMs } = ctx.config.webhooks
  const claims = await claimLate(ctx.db, { limit, leaseMs, crowded: crowdedEndpoints(ctx) })
  start(ctx, claims, { startMs })
  // Of what is mostly held back there is no use in finding more: it is fetched when there is room.
  return claims.claimed.length > limit / 2
}

const probesMax = 100
/** What a probe may take beyond the time limit of its request. */
const probeSlackMs = 5_000

async function probeBreakers(ctx: Context): Promise<void> {
  const { leaseMs, timeoutMs } = ctx.config.webhooks
  for (const id of await takeBreakersToProbe(ctx.db, {
    limit: probesMax,
    probeMs: timeoutMs + probeSlackMs,
  })) {
    const startMs = performance.now()
    const pull = (lane: DeliveryLane) =>
      pullDeliveries(ctx.db, { endpointId: id, lane, limit: 1, leaseMs, probe: true })
    const early = await pull('early')
    const found = early.claimed.length > 0 ? early : await pull('late')
    if (found.claimed.length === 0) {
      await closeBreaker(ctx.db, id)
      healthOf(ctx, id).isOpen = false
    }
    start(ctx, found, { startMs, probe: true })
  }
}

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

function start(
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
        const settled = await carryOut(ctx, { delivery, hand, claimedMs: startMs, probe })
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
    start(ctx, pulled, { startMs, slots: slots.paced })
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
  const slots = await ctx.pace.take({
    key: `webhook:${id}`,
    wanted: Math.min(room, waiting),
    ratePerSecond,
    inTurn: true,
  })
  const firstMs = performance.now() + slots.firstInMs
  return { ...slots, paced: { firstMs, spacingMs: slots.spacingMs } }
}
