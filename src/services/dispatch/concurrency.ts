import pLimit, { type LimitFunction } from 'p-limit'
import { perContext, type Context } from '../../context.ts'
import type { Lane } from '../../domain/messages/message.ts'
import { createInFlight, type InFlight } from '../../kit/concurrency/in-flight.ts'

/** Messages of a lane that this process may have claimed and not settled before it claims more. */
const claimedMax = 4_096
/** The same for one session, so that one whose provider hangs leaves room for the others. */
const claimedPerSessionMax = 2_048
/**
 * The part of the connections to providers that each lane may use, so that no send waits for a connection while its
 * time runs, and urgent messages never wait for the others.
 */
const laneShare = { urgent: 0.2, normal: 0.55, bulk: 0.25 } as const satisfies Record<Lane, number>

/** The work of one lane in this process. */
interface LaneState {
  claimed: InFlight
  /** Bounds the requests under way. */
  sending: LimitFunction
  /** The same for each session: half of the lane, so that one never fills it. Only of sessions with claimed messages. */
  sendingOf: Map<string, LimitFunction>
}

const states = perContext((ctx: Context): Record<Lane, LaneState> => {
  const stateOf = (lane: Lane): LaneState => ({
    claimed: createInFlight(claimedMax),
    sending: pLimit(slotsOf(ctx, lane)),
    sendingOf: new Map(),
  })
  return { urgent: stateOf('urgent'), normal: stateOf('normal'), bulk: stateOf('bulk') }
})

function slotsOf(ctx: Context, lane: Lane, share = 1): number {
  return Math.max(1, Math.floor(ctx.config.send.connectionsMax * laneShare[lane] * share))
}

/** Resolves when this process may claim more messages of a lane. */
export function untilRoomToClaim(ctx: Context, lane: Lane): Promise<void> {
  return states(ctx)[lane].claimed.untilRoom()
}

/** How many more messages of a session may be claimed. */
export function roomToClaim(ctx: Context, lane: Lane, sessionId: string): number {
  return Math.max(0, claimedPerSessionMax - states(ctx)[lane].claimed.of(sessionId))
}

/** Counts claimed messages of one session as in flight until `act` has settled them. */
export async function whileInFlight(
  ctx: Context,
  { lane, sessionId, count }: { lane: Lane; sessionId: string; count: number },
  act: () => Promise<void>,
): Promise<void> {
  const { claimed, sendingOf } = states(ctx)[lane]
  try {
    await claimed.hold(sessionId, count, act)
  } finally {
    if (claimed.of(sessionId) === 0) sendingOf.delete(sessionId)
  }
}

/** Waits for a slot of the session and one of the lane, then sends. */
export function inSendingSlot<T>(
  ctx: Context,
  { lane, sessionId }: { lane: Lane; sessionId: string },
  send: () => Promise<T>,
): Promise<T> {
  const { sending, sendingOf } = states(ctx)[lane]
  let ofSession = sendingOf.get(sessionId)
  if (ofSession === undefined) {
    ofSession = pLimit(slotsOf(ctx, lane, 0.5))
    sendingOf.set(sessionId, ofSession)
  }
  return ofSession(() => sending(send))
}

/** When each session's next message may start, on this process's clock. */
const nextStarts = perContext(() => new Map<string, number>())

/**
 * When a message may start: in its slot, or when that has passed by, the session's spacing after the one before, so
 * that slots that were held up do not leave all at once.
 */
export function startTimeOf(
  ctx: Context,
  sessionId: string,
  { startMs, spacingMs }: { startMs: number; spacingMs: number },
): number {
  const starts = nextStarts(ctx)
  const now = performance.now()
  if (starts.size > 1_000) for (const [id, nextMs] of starts) if (nextMs < now) starts.delete(id)
  const start = Math.max(startMs, now, starts.get(sessionId) ?? 0)
  starts.set(sessionId, start + spacingMs)
  return start
}
