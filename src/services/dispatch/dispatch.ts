import { perContext, type Context } from '../../context.ts'
import { isUnavailable } from '../../db/client.ts'
import { claimMessages, peekMessages, type PeekedMessage } from '../../db/stores/messages/claim.ts'
import { breakerAt, breakerTimes } from '../../domain/sessions/breaker.ts'
import { lanes, type ClaimedMessage, type Lane } from '../../domain/messages/message.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'
import { groupBy } from '../../kit/group.ts'
import { claimProbeRight, releaseProbeRight, type Probe } from '../senders/breaker.ts'
import { pacerOf } from '../devices/live.ts'
import { roomToClaim, untilRoomToClaim, whileInFlight } from './concurrency.ts'
import { transitionMessages } from '../messages/transition.ts'
import { planDevice } from './device.ts'
import { postponeAndEnqueue } from './postpone.ts'
import { sendChain, type ChainItem } from './send.ts'
import { loadSender, type Sender } from '../senders/lookup.ts'

// The front door of the room: claims the messages that are due and hands them to their providers. The others: `send`
// makes the attempts of a chain of messages, `concurrency` bounds how many are in flight, `trace` gives them spans,
// `device` plans for senders that hold a connection, `prepare` makes the file of a message ready, and `postpone` has
// messages come back later.

/** Jobs that are handled together at most. */
const jobsARound = 16
/** How often to look whether a stopped sender goes again. */
const stoppedWaitMs = 5_000

/** Jobs that come while a round is under way make up the next one together. */
const rounds = perContext((ctx: Context) => {
  const roundOf = (lane: Lane, requeued: boolean) =>
    createBatcher<string[], void>({
      itemsMax: jobsARound,
      lanes: 1,
      waitingMax: Infinity,
      async run(jobs) {
        await dispatchRound(ctx, { lane, ids: [...new Set(jobs.flat())], requeued })
        return jobs.map(() => ({ status: 'fulfilled', value: undefined }))
      },
    })
  return new Map(lanes.map((lane) => [lane, { fresh: roundOf(lane, false), requeued: roundOf(lane, true) }]))
})

/**
 * Hands messages to their providers: looks which are due, lets their senders' pace decide which may go now,
 * claims those, and starts to send them. Resolves once they are claimed; the sends go on as tasks, each message
 * settled by itself, so that a slow one holds back no other. Messages that may not go yet are postponed without
 * using an attempt.
 */
export async function dispatchMessages(
  ctx: Context,
  { lane, ids, requeued }: { lane: Lane; ids: string[]; requeued: boolean },
): Promise<void> {
  const round = rounds(ctx).get(lane)
  if (ctx.stopping.aborted || round === undefined) return
  await untilRoomToClaim(ctx, lane)
  await (requeued ? round.requeued : round.fresh).add(ids)
}

async function dispatchRound(
  ctx: Context,
  { lane, ids, requeued }: { lane: Lane; ids: string[]; requeued: boolean },
): Promise<void> {
  if (ctx.stopping.aborted) return
  const peeked = await peekMessages(ctx.db, ids)
  await expire(ctx, peeked)
  const waiting = peeked.filter((message) => !message.expired)
  await requeueBlocked(ctx, lane, waiting)
  const free = waiting.filter((message) => message.blockedMs === null)
  const bySession = groupBy(free, (message) => message.sessionId)
  const planned = await Promise.all(
    [...bySession].map(([sessionId, messages]) =>
      planOrPostpone(ctx, { lane, sessionId, messages, requeued }),
    ),
  )
  const slots = new Map(planned.flat().map((slot) => [slot.message.id, slot]))
  if (slots.size === 0) return
  const claimed = await claimMessages(ctx.db, [...slots.keys()], ctx.config.send.leaseMs)
  releaseLostProbes(ctx, slots, claimed)
  for (const chain of chainsOf(slots, claimed)) {
    ctx.tasks.track(sendInFlight(ctx, lane, chain))
  }
}

async function expire(ctx: Context, peeked: PeekedMessage[]): Promise<void> {
  const at = ctx.clock.now()
  const reports = peeked.flatMap(({ id, expired }) =>
    expired ? [{ id, change: { to: 'expired', at } as const }] : [],
  )
  if (reports.length > 0) await transitionMessages(ctx, reports)
}

/**
 * Enqueues again the messages that wait for an earlier one of their chain, less often the longer they wait. Where that
 * one is held back, they are for the same reason.
 */
async function requeueBlocked(ctx: Context, lane: Lane, waiting: PeekedMessage[]): Promise<void> {
  const heldBack = waiting.filter((message) => message.blockedFor !== null)
  for (const messages of groupBy(heldBack, ({ chain }) => chain).values()) {
    const [{ blockedMs, blockedFor } = { blockedMs: 0, blockedFor: null }] = messages
    const times = { delayMs: blockedMs ?? 0, spacingMs: 0, requeued: true }
    await postponeAndEnqueue(ctx, lane, messages, { ...times, waitingFor: blockedFor })
  }
  const blocked = waiting.filter((message) => message.blockedMs !== null && message.blockedFor === null)
  if (blocked.length === 0) return
  const delayMs = Math.min(
    ...blocked.map((message) =>
      Math.max(message.blockedMs ?? 0, Math.min(5_000, Math.max(50, message.ageMs / 4))),
    ),
  )
  const ids = blocked.map((message) => message.id)
  ctx.tasks.track(ctx.queue.enqueue(`send-${lane}`, ids, { delayMs, requeued: true }))
}

/** A slot in the pace of a sender: when to start to send, on this process's monotonic clock. */
export interface Slot {
  message: PeekedMessage
  sender: Sender
  startMs: number
  spacingMs: number
  /** The right that it is sent under while its sender's breaker is half open. */
  probe: Probe | null
}

/** Messages of one sender that are due. */
export interface DueMessages {
  lane: Lane
  sessionId: string
  messages: PeekedMessage[]
  requeued: boolean
}

/** One sender that cannot be opened or paced keeps no other from sending. */
async function planOrPostpone(ctx: Context, due: DueMessages): Promise<Slot[]> {
  try {
    return await planSender(ctx, due)
  } catch (error) {
    if (isUnavailable(error)) throw error
    ctx.log.error({ err: error, sessionId: due.sessionId }, 'a sender cannot send now; its messages wait')
    await postponeAndEnqueue(ctx, due.lane, due.messages, {
      delayMs: stoppedWaitMs,
      spacingMs: 0,
      requeued: false,
    })
    return []
  }
}

async function planSender(ctx: Context, due: DueMessages): Promise<Slot[]> {
  const { lane, sessionId, messages } = due
  const sender = await loadSender(ctx, sessionId)
  if (sender === null) {
    await failOrphans(ctx, messages)
    return []
  }
  if (sender.session.state === 'stopped') {
    await postponeAndEnqueue(ctx, lane, messages, { delayMs: stoppedWaitMs, spacingMs: 0, requeued: false })
    return []
  }
  if (sender.provider.connections !== undefined) {
    return planDevice(ctx, sender, due, {
      plan: (ready, messages) => planOpen(ctx, ready, { ...due, messages }),
      postpone: (some, times) => postponeAndEnqueue(ctx, lane, some, times),
    })
  }
  return planOpen(ctx, sender, due)
}

/** Plans for a sender that could send, if its breaker lets it. */
async function planOpen(ctx: Context, sender: Sender, due: DueMessages): Promise<Slot[]> {
  const { lane, messages } = due
  const now = ctx.clock.now()
  const breaker = breakerAt(sender.session, now)
  switch (breaker.state) {
    case 'closed':
      return planSlots(ctx, sender, due)
    case 'half_open':
      return planProbe(ctx, sender, due)
    case 'open': {
      const leftMs = breaker.until.getTime() - now.getTime()
      const delayMs = Math.min(leftMs, breakerTimes.postponeMsMax)
      await postponeAndEnqueue(ctx, lane, messages, { delayMs, spacingMs: 0, requeued: false })
      return []
    }
  }
}

/** A breaker that is half open lets one message of one process through; the others look again soon. */
async function planProbe(ctx: Context, sender: Sender, due: DueMessages): Promise<Slot[]> {
  const probe = await claimProbeRight(ctx, sender.session)
  const first = probe === null ? [] : due.messages.slice(0, 1)
  const others = due.messages.slice(first.length)
  if (others.length > 0) {
    const delayMs = breakerTimes.lookAgainMs
    await postponeAndEnqueue(ctx, due.lane, others, { delayMs, spacingMs: 0, requeued: false })
  }
  if (probe === null) return []
  const slots = await planSlots(ctx, sender, { ...due, messages: first })
  if (slots.length === 0) await releaseProbeRight(ctx, probe)
  return slots.map((slot) => ({ ...slot, probe }))
}

/** The probe that somebody else claimed the message of is not made. */
function releaseLostProbes(ctx: Context, slots: Map<string, Slot>, claimed: ClaimedMessage[]): void {
  const mine = new Set(claimed.map(({ id }) => id))
  for (const { message, probe } of slots.values()) {
    if (probe !== null && !mine.has(message.id)) ctx.tasks.track(releaseProbeRight(ctx, probe))
  }
}

async function planSlots(
  ctx: Context,
  sender: Sender,
  { lane, sessionId, messages, requeued }: DueMessages,
): Promise<Slot[]> {
  const room = roomToClaim(ctx, lane, sessionId)
  const wanted = messages.slice(0, room)
  const overflow = messages.slice(room)
  if (overflow.length > 0) {
    const ids = overflow.map((message) => message.id)
    ctx.tasks.track(ctx.queue.enqueue(`send-${lane}`, ids, { delayMs: 50, requeued: true }))
  }
  if (wanted.length === 0) return []
  const slots = await pacerOf(ctx, sessionId).reserve({
    key: sessionId,
    wanted: wanted.length,
    ratePerSecond: sender.session.ratePerSecond,
    // Urgent messages take the next slot and leave the line to the others.
    requeued: requeued || lane === 'urgent',
  })
  const late = wanted.slice(slots.granted)
  if (late.length > 0) {
    const { retryInMs: delayMs, spacingMs } = slots
    await postponeAndEnqueue(ctx, lane, late, { delayMs, spacingMs, requeued: true })
  }
  const firstMs = performance.now() + slots.firstInMs
  const gapMs = slots.gapMs ?? slots.spacingMs
  return wanted.slice(0, slots.granted).map((message, index) => ({
    message,
    sender,
    startMs: firstMs + index * gapMs,
    spacingMs: gapMs,
    probe: null,
  }))
}

async function failOrphans(ctx: Context, messages: PeekedMessage[]): Promise<void> {
  const at = ctx.clock.now()
  await transitionMessages(
    ctx,
    messages.map(({ id }) => ({
      id,
      change: {
        to: 'failed',
        at,
        code: 'session_not_found',
        message: 'The sender of this message was removed before it could be handed over.',
      },
    })),
  )
}

/** The claimed messages by recipient, in order; what follows a gap (claimed elsewhere) is marked to be released. */
function chainsOf(slots: Map<string, Slot>, claimed: ClaimedMessage[]): ChainItem[][] {
  const byId = new Map(claimed.map((message) => [message.id, message]))
  const chains = groupBy(slots.values(), (slot) => slot.message.chain)
  return [...chains.values()].map((chain) => {
    let broken = false
    return chain.flatMap(({ message, ...slot }) => {
      const mine = byId.get(message.id)
      if (mine === undefined) {
        broken = true
        return []
      }
      return [{ ...slot, message: mine, release: broken }]
    })
  })
}

async function sendInFlight(ctx: Context, lane: Lane, chain: ChainItem[]): Promise<void> {
  const sessionId = chain[0]?.sender.session.id
  if (sessionId === undefined) return
  await whileInFlight(ctx, { lane, sessionId, count: chain.length }, () => sendChain(ctx, chain))
}
