import { perContext, type Context } from '../../context.ts'
import { lanes, type Lane } from '../../domain/messages/message.ts'
import { createSemaphore, type Semaphore } from '../../kit/concurrency/semaphore.ts'
import { createHighWaterMark, type HighWaterMark } from '../../kit/concurrency/high-water-mark.ts'

/** Messages of a lane that this process may have claimed and not settled before it claims more. */
const claimedMax = 4_096
/** The same for one sender, so that one whose provider hangs leaves room for the others. */
const senderClaimedMax = 2_048
/**
 * What part of the connections to providers each lane may use, so that no send waits for a connection while its
 * time runs, and urgent messages never wait for the others.
 */
const laneShare = { urgent: 0.2, normal: 0.55, bulk: 0.25 } as const satisfies Record<Lane, number>

/** What one process has in hand of one lane. */
interface LaneHand {
  claimed: HighWaterMark
  sending: Semaphore
  senders: Map<string, SenderHand>
}

interface SenderHand {
  claimed: number
  /** Half of the lane, so that one sender never fills it. */
  sending: Semaphore
}

const hands = perContext((ctx: Context) => {
  const handOf = (lane: Lane): LaneHand => ({
    claimed: createHighWaterMark(claimedMax),
    sending: createSemaphore(Math.max(1, Math.floor(ctx.config.send.connectionsMax * laneShare[lane]))),
    senders: new Map(),
  })
  return new Map(lanes.map((lane) => [lane, handOf(lane)]))
})

function laneHand(ctx: Context, lane: Lane): LaneHand {
  const hand = hands(ctx).get(lane)
  if (hand === undefined) throw new Error(`there is no lane ${lane}`)
  return hand
}

function senderHand(ctx: Context, lane: Lane, sessionId: string): SenderHand {
  const { senders } = laneHand(ctx, lane)
  const found = senders.get(sessionId)
  if (found !== undefined) return found
  const half = Math.max(1, Math.floor((ctx.config.send.connectionsMax * laneShare[lane]) / 2))
  const hand = { claimed: 0, sending: createSemaphore(half) }
  senders.set(sessionId, hand)
  return hand
}

/** Resolves when this process may claim more of a lane. */
export function roomInHand(ctx: Context, lane: Lane): Promise<void> {
  return laneHand(ctx, lane).claimed.room()
}

/** How many more messages of a sender may be claimed. */
export function senderRoom(ctx: Context, lane: Lane, sessionId: string): number {
  return Math.max(0, senderClaimedMax - (laneHand(ctx, lane).senders.get(sessionId)?.claimed ?? 0))
}

/** Holds claimed messages of one sender until `act` has settled them. */
export async function holdInHand(
  ctx: Context,
  { lane, sessionId, count }: { lane: Lane; sessionId: string; count: number },
  act: () => Promise<void>,
): Promise<void> {
  const ofLane = laneHand(ctx, lane)
  const ofSender = senderHand(ctx, lane, sessionId)
  ofLane.claimed.add(count)
  ofSender.claimed += count
  try {
    await act()
  } finally {
    ofLane.claimed.remove(count)
    ofSender.claimed -= count
    if (ofSender.claimed === 0) ofLane.senders.delete(sessionId)
  }
}

/** Waits for a place to send in, then sends. */
export function inSendingPlace<T>(
  ctx: Context,
  { lane, sessionId }: { lane: Lane; sessionId: string },
  send: () => Promise<T>,
): Promise<T> {
  return senderHand(ctx, lane, sessionId).sending.run(() => laneHand(ctx, lane).sending.run(send))
}

/** When each sender's next message may start, on this process's clock. */
const nextStarts = perContext(() => new Map<string, number>())

/**
 * When a message may start: in its slot, or when that has passed by, the sender's distance after the one before, so
 * that slots that were held up do not leave all at once.
 */
export function takeStart(
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
