import { perContext, type Context } from '../../context.ts'
import type { Crowded } from '../../db/stores/webhooks/claim.ts'
import { deliveryLanes, type DeliveryLane } from '../../domain/webhooks/delivery.ts'
import { createFairSemaphore, type FairSemaphore } from '../../kit/concurrency/fair-semaphore.ts'
import { createHighWaterMark, type HighWaterMark } from '../../kit/concurrency/high-water-mark.ts'

/**
 * What one process may have in hand of each lane: requests under way to all endpoints and to one, and deliveries
 * claimed and not settled. Late attempts have places of their own, so that a backlog of them never keeps a new event
 * from leaving.
 */
const places = {
  early: { requests: 384, requestsPerEndpoint: 32, claimed: 12_288 },
  late: { requests: 128, requestsPerEndpoint: 16, claimed: 4_096 },
} as const satisfies Record<DeliveryLane, object>

/** An endpoint has so many in hand at most: the others wait in Postgres, where they cost nothing. */
export const claimedPerEndpointMax = 256
/** Nor has it more than this part of what is free, so that endpoints that hang leave room for all others. */
const claimedShare = 0.25

/** What one process has in hand for one endpoint. */
export interface EndpointHand {
  id: string
  lane: DeliveryLane
  claimed: number
  /** How many more are known to wait in Postgres, at least; they are fetched when there is room. */
  waiting: number
  fetching: boolean
  /** Its own pace, if it wants one. */
  ratePerSecond: number | null
}

interface LaneHand {
  claimed: HighWaterMark
  requests: FairSemaphore
  endpoints: Map<string, EndpointHand>
}

const hands = perContext((): Record<DeliveryLane, LaneHand> => {
  const handOf = (lane: DeliveryLane): LaneHand => ({
    claimed: createHighWaterMark(places[lane].claimed),
    requests: createFairSemaphore({
      places: places[lane].requests,
      perOwner: places[lane].requestsPerEndpoint,
    }),
    endpoints: new Map(),
  })
  return { early: handOf('early'), late: handOf('late') }
})

/** Resolves when this process may claim more of a lane. */
export function roomForDeliveries(ctx: Context, lane: DeliveryLane): Promise<void> {
  return hands(ctx)[lane].claimed.room()
}

/** Whether it may claim more of every lane right now. */
export function hasRoomForDeliveries(ctx: Context): boolean {
  return deliveryLanes.every((lane) => hands(ctx)[lane].claimed.size() < places[lane].claimed)
}

/** So many of one endpoint may be in hand at present. */
function crowdedAt(ctx: Context, lane: DeliveryLane): number {
  const free = places[lane].claimed - hands(ctx)[lane].claimed.size()
  return Math.max(1, Math.min(claimedPerEndpointMax, Math.floor(free * claimedShare)))
}

/** Endpoints that have enough in hand. */
export function crowdedEndpoints(ctx: Context): Crowded {
  const crowdedIn = (lane: DeliveryLane): string[] => {
    const most = crowdedAt(ctx, lane)
    return [...hands(ctx)[lane].endpoints.values()].filter((one) => one.claimed >= most).map((one) => one.id)
  }
  return { early: crowdedIn('early'), late: crowdedIn('late') }
}

/** How many more of an endpoint are worth fetching now: none until half of what it may have is done. */
export function roomInHand(ctx: Context, { lane, claimed }: EndpointHand): number {
  const most = crowdedAt(ctx, lane)
  return claimed <= most / 2 ? most - claimed : 0
}

/** The hand for an endpoint; made when there is none. */
export function endpointHand(ctx: Context, lane: DeliveryLane, id: string): EndpointHand {
  const { endpoints } = hands(ctx)[lane]
  const found = endpoints.get(id)
  if (found !== undefined) return found
  const hand = { id, lane, claimed: 0, waiting: 0, fetching: false, ratePerSecond: null }
  endpoints.set(id, hand)
  return hand
}

/** Forgets an endpoint's hand when there is nothing in it. */
export function dropIfEmpty(ctx: Context, { id, lane, claimed, waiting, fetching }: EndpointHand): void {
  if (claimed === 0 && waiting === 0 && !fetching) hands(ctx)[lane].endpoints.delete(id)
}

/** Holds one claimed delivery until `act` is done with it. */
export async function holdDelivery(
  ctx: Context,
  hand: EndpointHand,
  act: () => Promise<void>,
): Promise<void> {
  const { claimed } = hands(ctx)[hand.lane]
  hand.claimed += 1
  claimed.add(1)
  try {
    await act()
  } finally {
    claimed.remove(1)
    hand.claimed -= 1
    dropIfEmpty(ctx, hand)
  }
}

/**
 * Waits for a place to make a request from, which accounts and their endpoints share fairly. Null when there was none
 * in `waitMs`.
 */
export function inRequestPlace<T>(
  ctx: Context,
  { hand, accountId, waitMs }: { hand: EndpointHand; accountId: string; waitMs: number },
  act: () => Promise<T>,
): Promise<T | null> {
  return hands(ctx)[hand.lane].requests.run({ group: accountId, owner: hand.id }, waitMs, act)
}
