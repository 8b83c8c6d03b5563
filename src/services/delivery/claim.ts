import { perContext, type Context } from '../../context.ts'
import { claimDeliveries, pullDeliveries, claimOverdue } from '../../db/stores/webhooks/claim.ts'
import { closeBreaker, claimBreakersToProbe } from '../../db/stores/webhooks/settle.ts'
import type { DeliveryLane } from '../../domain/webhooks/delivery.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'
import { startDeliveries } from './start.ts'
import { busyEndpoints, hasRoomToClaim, untilRoomToClaim } from './concurrency.ts'
import { healthOf } from './endpoint-health.ts'

// The front door of the room: claims the deliveries of webhooks that are due. The others, in the order of a delivery:
// `start` plans when each may go, `concurrency` bounds how many are in flight, `attempt` makes one, `post` is its HTTP
// request, `settle` records the outcomes, and `endpoint-health` decides when an endpoint is paused.

/** Jobs that are handled together at most. */
const jobsPerClaim = 16

/** Jobs that arrive while a claim is under way are claimed together next. */
const rounds = perContext((ctx: Context) => {
  const roundOf = () =>
    createBatcher<string[], void>({
      itemsMax: jobsPerClaim,
      lanes: 2,
      waitingMax: Infinity,
      async run(jobNames) {
        await claim(ctx, [...new Set(jobNames.flat())])
        return jobNames.map(() => ({ status: 'fulfilled', value: undefined }))
      },
    })
  return { early: roundOf(), late: roundOf() }
})

/**
 * Delivers events to their endpoints: claims what is due and starts to post it. Resolves once it is claimed; each
 * delivery is settled by itself. A crash after a post and before its settlement delivers it again, with the same
 * `webhook-id`.
 *
 * A delivery that may not go yet is not claimed and costs no attempt: an endpoint that has enough in flight, or a rate of its
 * own, is fetched for when there is room; one whose breaker is open waits for its probe.
 */
export async function deliverWebhooks(
  ctx: Context,
  { lane, ids }: { lane: DeliveryLane; ids: string[] },
): Promise<void> {
  if (ctx.stopping.aborted) return
  await untilRoomToClaim(ctx, lane)
  await rounds(ctx)[lane].add(ids)
}

async function claim(ctx: Context, ids: string[]): Promise<void> {
  if (ctx.stopping.aborted) return
  const { leaseMs } = ctx.config.webhooks
  const startMs = performance.now()
  startDeliveries(ctx, await claimDeliveries(ctx.db, { ids, leaseMs, busy: busyEndpoints(ctx) }), {
    startMs,
  })
}

/**
 * Takes up to `limit` deliveries that were left behind, and lets one delivery through each breaker whose time is
 * up. Returns true when there may be more to find.
 */
export async function sweepDeliveries(ctx: Context, limit: number): Promise<boolean> {
  if (ctx.stopping.aborted) return false
  await probeBreakers(ctx)
  if (!hasRoomToClaim(ctx)) return false
  const startMs = performance.now()
  const { leaseMs } = ctx.config.webhooks
  const claims = await claimOverdue(ctx.db, { limit, leaseMs, busy: busyEndpoints(ctx) })
  startDeliveries(ctx, claims, { startMs })
  // Of what is mostly held back there is no use in finding more: it is fetched when there is room.
  return claims.claimed.length > limit / 2
}

const probesMax = 100
/** The time that a probe may take beyond the time limit of its request. */
const probeSlackMs = 5_000

async function probeBreakers(ctx: Context): Promise<void> {
  const { leaseMs, timeoutMs } = ctx.config.webhooks
  for (const id of await claimBreakersToProbe(ctx.db, {
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
    startDeliveries(ctx, found, { startMs, probe: true })
  }
}
