import { perContext, type Context } from '../../context.ts'
import type { BusyEndpoints } from '../../db/stores/webhooks/claim.ts'
import { deliveryLanes, type DeliveryLane } from '../../domain/webhooks/delivery.ts'
import { createFairSemaphore, type FairSemaphore } from '../../kit/concurrency/fair-semaphore.ts'
import { createInFlight, type InFlight } from '../../kit/concurrency/in-flight.ts'

/**
 * The limits of one process in each lane: requests under way to all endpoints and to one, and deliveries claimed and
 * not settled. Late attempts have slots of their own, so that a backlog of them never keeps a new event from leaving.
 */
const limits = {
  early: { requests: 384, requestsPerEndpoint: 32, claimed: 12_288 },
  late: { requests: 128, requestsPerEndpoint: 16, claimed: 4_096 },
} as const satisfies Record<DeliveryLane, object>

/** An endpoint has so many in flight at most: the others wait in Postgres, where they cost nothing. */
export const claimedPerEndpointMax = 256
/** Nor has it more than this part of what is free, so that endpoints that hang leave room for all others. */
const claimedShare = 0.25

/** The work of this process for one endpoint in one lane. */
export interface EndpointWork {
  id: string
  lane: DeliveryLane
  /** How many more are known to wait in Postgres, at least; they are fetched when there is room. */
  waiting: number
  fetching: boolean
  /** Its own rate, if it wants one. */
  ratePerSecond: number | null
}

interface LaneState {
  claimed: InFlight
  requests: FairSemaphore
  endpoints: Map<string, EndpointWork>
}

const states = perContext((): Record<DeliveryLane, LaneState> => {
  const stateOf = (lane: DeliveryLane): LaneState => ({
    claimed: createInFlight(limits[lane].claimed),
    requests: createFairSemaphore({
      slots: limits[lane].requests,
      perOwner: limits[lane].requestsPerEndpoint,
    }),
    endpoints: new Map(),
  })
  return { early: stateOf('early'), late: stateOf('late') }
})

/** Resolves when this process may claim more deliveries of a lane. */
export function untilRoomToClaim(ctx: Context, lane: DeliveryLane): Promise<void> {
  return states(ctx)[lane].claimed.untilRoom()
}

/** Whether it may claim more of every lane right now. */
export function hasRoomToClaim(ctx: Context): boolean {
  return deliveryLanes.every((lane) => states(ctx)[lane].claimed.total() < limits[lane].claimed)
}

/** So many deliveries of one endpoint may be in flight at present. */
function claimedMaxNow(ctx: Context, lane: DeliveryLane): number {
  const free = limits[lane].claimed - states(ctx)[lane].claimed.total()
  return Math.max(1, Math.min(claimedPerEndpointMax, Math.floor(free * claimedShare)))
}

/** Endpoints that have enough in flight. */
export function busyEndpoints(ctx: Context): BusyEndpoints {
  const busyIn = (lane: DeliveryLane): string[] => {
    const most = claimedMaxNow(ctx, lane)
    return [...states(ctx)[lane].claimed.owners()].flatMap(([id, count]) => (count >= most ? [id] : []))
  }
  return { early: busyIn('early'), late: busyIn('late') }
}

/** How many more of an endpoint are worth fetching now: none until half of what it may have in flight is done. */
export function roomToFetch(ctx: Context, { id, lane }: EndpointWork): number {
  const most = claimedMaxNow(ctx, lane)
  const claimed = states(ctx)[lane].claimed.of(id)
  return claimed <= most / 2 ? most - claimed : 0
}

/** The work for an endpoint; made when there is none. */
export function endpointWork(ctx: Context, lane: DeliveryLane, id: string): EndpointWork {
  const { endpoints } = states(ctx)[lane]
  const found = endpoints.get(id)
  if (found !== undefined) return found
  const work = { id, lane, waiting: 0, fetching: false, ratePerSecond: null }
  endpoints.set(id, work)
  return work
}

/** Forgets the work for an endpoint when there is none. */
export function dropIfIdle(ctx: Context, { id, lane, waiting, fetching }: EndpointWork): void {
  const { claimed, endpoints } = states(ctx)[lane]
  if (claimed.of(id) === 0 && waiting === 0 && !fetching) endpoints.delete(id)
}

/** Counts one claimed delivery as in flight until `act` is done with it. */
export async function whileInFlight(
  ctx: Context,
  work: EndpointWork,
  act: () => Promise<void>,
): Promise<void> {
  try {
    await states(ctx)[work.lane].claimed.hold(work.id, 1, act)
  } finally {
    dropIfIdle(ctx, work)
  }
}

/**
 * Waits for a slot to make a request in, which accounts and their endpoints share fairly. Null when there was none in
 * `waitMs`.
 */
export function inRequestSlot<T>(
  ctx: Context,
  { work, accountId, waitMs }: { work: EndpointWork; accountId: string; waitMs: number },
  act: () => Promise<T>,
): Promise<T | null> {
  return states(ctx)[work.lane].requests.run({ group: accountId, owner: work.id }, waitMs, act)
}
