import type { Context } from '../../context.ts'
import { insertCallbacks } from '../../db/stores/callbacks/callbacks.ts'
import type { AttemptRecord } from '../../db/stores/messages/transition.ts'
import { addressFrom } from '../../domain/messages/address.ts'
import { pairsOf } from '../../domain/contacts/person.ts'
import { isProlongedBy } from '../../domain/messages/life.ts'
import type { Change } from '../../domain/messages/transition.ts'
import type { ClaimedMessage, MessageState } from '../../domain/messages/message.ts'
import { sendErrorRule, sendErrors, type SendErrorCode } from '../../domain/messages/send-errors.ts'
import { backoffMs } from '../../kit/backoff.ts'
import { after } from '../../kit/clock.ts'
import { newId } from '../../kit/id.ts'
import { wait } from '../../kit/concurrency/wait.ts'
import type { ScheduledReceipt, SendOutcome } from '../../providers/contract.ts'
import { releaseProbeRight, concludeOutcome, type Probe } from '../senders/breaker.ts'
import { pacerOf } from '../devices/live.ts'
import { takeChatBack } from '../devices/new-chats.ts'
import { isHeldBack } from '../senders/breaker-state.ts'
import { learnAliases } from '../contacts/aliases.ts'
import { inSendingSlot, startTimeOf } from './concurrency.ts'
import { isUnprepared, readyToSend } from './prepare.ts'
import { metrics } from '../telemetry/metrics.ts'
import { settleMessage } from '../messages/transition.ts'
import type { Sender } from '../senders/lookup.ts'
import { verifyByAcceptedSend } from '../senders/verified-by-send.ts'
import { stopSender } from '../senders/stop.ts'
import { traceSend } from './trace.ts'
import { contentToSend, withoutSecret } from '../common/sealed.ts'
import { untilStored } from '../common/until-stored.ts'

/** A claimed message on its way out. Times are of this process's monotonic clock. */
export interface ChainItem {
  message: ClaimedMessage
  sender: Sender
  /** The start of the slot that the pacer gave it. */
  startMs: number
  /** The distance that its sender keeps between two messages. */
  spacingMs: number
  /** The right that it is sent under while its sender's breaker is half open. */
  probe: Probe | null
  /** Not to be sent after all: an earlier message of its chain is being sent by another worker. */
  release: boolean
}

/** Spare time that a lease must have beyond the longest send. */
const leaseMarginMs = 500

/**
 * Sends messages to one recipient, one after the other. When one is not handed over for now, those behind it go
 * back into the line, so that their order is kept.
 */
export async function sendChain(ctx: Context, whole: ChainItem[]): Promise<void> {
  const chain = await upToFile(ctx, whole)
  let blocked = false
  for (const item of chain) {
    const sent: Sent | null = blocked || item.release ? null : await sendInSlot(ctx, item)
    if (sent === null) {
      blocked = true
      await release(ctx, item)
      continue
    }
    const state: MessageState | null = await settle(ctx, item, sent).catch((error: unknown) => {
      ctx.log.error({ err: error, messageId: item.message.id }, 'an outcome could not be written')
      return null
    })
    blocked = state === null || state.status === 'retrying' || state.status === 'processing'
  }
}

/** Releases the messages behind one whose file has to be made ready: their leases would run out meanwhile. */
async function upToFile(ctx: Context, chain: ChainItem[]): Promise<ChainItem[]> {
  const at = chain.findIndex(({ message }) => isUnprepared(message.content))
  if (at === -1) return chain
  await Promise.all(chain.slice(at + 1).map((item) => release(ctx, item)))
  return chain.slice(0, at + 1)
}

/** The outcome of an attempt, and when it was made. */
interface Sent {
  outcome: SendOutcome
  startedAt: Date
  endedAt: Date
}

/** Waits for the slot in the pace and for a slot in flight; null when it must not be sent now after all. */
async function sendInSlot(ctx: Context, claimed: ChainItem): Promise<Sent | null> {
  if (!leaseOutlasts(ctx, claimed)) return null
  const begunAt = ctx.clock.now()
  const ready = await readyToSend(ctx, claimed)
  if (ready === null) return null
  if ('refusal' in ready) return { outcome: ready.refusal, startedAt: begunAt, endedAt: ctx.clock.now() }
  const item = { ...claimed, message: ready.message }
  const { message, sender } = item
  const earlyMs = startTimeOf(ctx, sender.session.id, item) - performance.now()
  if (earlyMs > 1) await wait(earlyMs, ctx.stopping)
  return inSendingSlot(ctx, { lane: message.lane, sessionId: sender.session.id }, async () => {
    if (ctx.stopping.aborted || !leaseOutlasts(ctx, item)) return null
    // The breaker opened while this one waited for its slot.
    if (item.probe === null && isHeldBack(ctx, sender.session.id)) return null
    const startedAt = ctx.clock.now()
    const sentMs = performance.now()
    const outcome = await traceSend(ctx, { message, provider: sender.provider.id }, () =>
      trySend(ctx, message, sender),
    )
    metrics(ctx)?.providerSeconds.observe(
      { provider: sender.provider.id, outcome: outcome.outcome },
      (performance.now() - sentMs) / 1_000,
    )
    return { outcome, startedAt, endedAt: ctx.clock.now() }
  })
}

/** Whether the lease is longer than the send can take. */
function leaseOutlasts(ctx: Context, { message }: ChainItem): boolean {
  return performance.now() + ctx.config.send.timeoutMs + leaseMarginMs < message.leaseEndMs
}

async function release(ctx: Context, { message, probe }: ChainItem): Promise<void> {
  if (probe !== null) ctx.tasks.track(releaseProbeRight(ctx, probe))
  const at = ctx.clock.now()
  const released = await settleMessage(ctx, {
    id: message.id,
    known: message,
    change: { to: 'queued', at, dueAt: at, why: 'released', rev: message.rev },
  })
  if (released?.status === 'queued' && !ctx.stopping.aborted) {
    ctx.tasks.track(ctx.queue.enqueue(`send-${message.lane}`, [message.id], { delayMs: 50, requeued: true }))
  }
}

/** Writes the outcome of an attempt, and draws the conclusions for the message and its sender. */
async function settle(
  ctx: Context,
  { message, sender, probe }: ChainItem,
  { outcome, startedAt, endedAt }: Sent,
): Promise<MessageState | null> {
  if (outcome.outcome !== 'refused' && outcome.receipts !== undefined) {
    const { receipts } = outcome
    await untilStored(ctx, () => keepReceipts(ctx, sender, receipts))
  }
  if (outcome.outcome === 'accepted') noteRecipient(ctx, message, outcome)
  const change = changeFor(ctx, message, outcome)
  logAttempt(ctx, message, outcome)
  // At once, so that those that wait for their slots are held back before they leave.
  ctx.tasks.track(concludeOutcome(ctx, { session: sender.session, messageId: message.id, outcome, probe }))
  const state = await settleMessage(ctx, {
    id: message.id,
    known: message,
    change,
    attempt: recordOf(message, outcome, startedAt, endedAt),
  })
  if (outcome.outcome === 'accepted') verifyByAcceptedSend(ctx, sender)
  if (outcome.outcome === 'refused') {
    // The rest of the chain must still be settled when the pacer or the session cannot be written.
    await slowDownOrStop(ctx, sender, message, outcome).catch((error: unknown) =>
      ctx.log.warn({ err: error, messageId: message.id }, 'a refusal could not hold its sender back'),
    )
  }
  if (state?.status === 'retrying') {
    const delayMs = Math.max(1, state.dueAt.getTime() - ctx.clock.now().getTime())
    ctx.tasks.track(ctx.queue.enqueue(`send-${message.lane}`, [message.id], { delayMs, requeued: true }))
  }
  return state
}

/** The provider's own words are stored with the message only, because they may quote a number. */
function logAttempt(ctx: Context, { id, sessionId, attempt }: ClaimedMessage, sent: SendOutcome): void {
  const code = sent.outcome === 'refused' ? sent.code : undefined
  ctx.log.debug({ messageId: id, sessionId, attempt, outcome: sent.outcome, code }, 'an attempt ended')
}

/** A provider must not throw; if one does, we cannot know what it did. */
async function trySend(ctx: Context, message: ClaimedMessage, sender: Sender): Promise<SendOutcome> {
  try {
    const { content, secret } = contentToSend(ctx, message)
    if (content === null) return forgotten
    const { id, attempt, replyTo } = message
    const outbound = { id, attempt, to: addressFrom(message.address), content, replyTo }
    const outcome = await sender.channel.send(outbound, ctx.outOfTime)
    return secret === null || outcome.outcome !== 'refused' ? outcome : withoutSecret(outcome, secret)
  } catch (error) {
    ctx.log.error({ err: error, messageId: message.id, provider: sender.provider.id }, 'a provider threw')
    return { outcome: 'unknown', detail: 'The provider failed without an answer.' }
  }
}

/** Only a message that outlived itself comes so far. */
const forgotten: SendOutcome = {
  outcome: 'refused',
  code: 'invalid_request',
  retryable: false,
  detail: 'The content of this message was secret, and is not kept any more.',
}

/** In the background, and nothing at all for the many whom the provider knows by the address that was used. */
function noteRecipient(
  ctx: Context,
  { accountId, address: used }: ClaimedMessage,
  { recipient }: Extract<SendOutcome, { outcome: 'accepted' }>,
): void {
  if (recipient === undefined || pairsOf(used, recipient).length === 0) return
  ctx.tasks.track(untilStored(ctx, () => learnAliases(ctx, [{ accountId, used, person: recipient }])))
}

/** Receipts that the provider itself schedules are kept like callbacks that are not due yet. */
async function keepReceipts(ctx: Context, sender: Sender, receipts: ScheduledReceipt[]): Promise<void> {
  const now = ctx.clock.now()
  await insertCallbacks(
    ctx.db,
    receipts.map(({ afterMs, event }) => ({
      id: newId(),
      provider: sender.provider.id,
      sessionId: sender.session.id,
      body: Buffer.from(JSON.stringify(event)),
      receivedAt: now,
      dueAt: after(now, afterMs),
    })),
  )
}

function changeFor(ctx: Context, message: ClaimedMessage, outcome: SendOutcome): Change {
  const at = ctx.clock.now()
  switch (outcome.outcome) {
    case 'accepted':
      return { to: 'sent', at, externalId: outcome.externalId }
    case 'unknown':
      return {
        to: 'unknown',
        at,
        wakeAt: after(at, outcome.settleMs ?? ctx.config.send.settleMs),
        attempt: message.attempt,
      }
    case 'refused':
      return changeForRefusal(message, outcome, at)
  }
}

type Refused = Extract<SendOutcome, { outcome: 'refused' }>

function changeForRefusal(
  message: ClaimedMessage,
  { code, retryable, retryAfterMs, detail, words = null }: Refused,
  at: Date,
): Change {
  const rule = sendErrorRule(code)
  const { attempt } = message
  const tries = attempt - message.attemptFloor
  if (!retryable || tries >= rule.attemptsMax)
    return { to: 'failed', at, code, message: detail, attempt, words }
  const dueAt = after(at, Math.max(retryAfterMs ?? 0, backoffMs(tries, rule)))
  const { expiresAt } = message
  if (expiresAt !== null && dueAt >= expiresAt && !isProlongedBy(message, code)) {
    // It would be too late: say so now rather than at the end of its life.
    return { to: 'retrying', at, dueAt: expiresAt, attempt, code, message: detail, words }
  }
  return { to: 'retrying', at, dueAt, attempt, code, message: detail, words }
}

function recordOf(
  message: ClaimedMessage,
  outcome: SendOutcome,
  startedAt: Date,
  endedAt: Date,
): AttemptRecord {
  return {
    messageId: message.id,
    attempt: message.attempt,
    startedAt,
    endedAt,
    outcome: outcome.outcome,
    code: outcome.outcome === 'refused' ? outcome.code : null,
    detail: outcome.outcome === 'accepted' ? null : outcome.detail,
    externalId: outcome.outcome === 'accepted' ? outcome.externalId : null,
    provider: outcome.outcome === 'refused' ? (outcome.provider ?? null) : null,
  }
}

/** Slows down or stops the sender when a refusal concerns its other messages too. */
async function slowDownOrStop(
  ctx: Context,
  sender: Sender,
  message: ClaimedMessage,
  refused: Refused,
): Promise<void> {
  const { scope } = sendErrors[refused.code satisfies SendErrorCode]
  await takeChatBack(ctx, { sessionId: message.sessionId, address: message.address, code: refused.code })
  if (scope === 'session' && refused.retryable) {
    await pacerOf(ctx, sender.session.id).hold(
      sender.session.id,
      Math.max(
        refused.retryAfterMs ?? 0,
        backoffMs(Math.min(message.attempt, 6), sendErrorRule(refused.code)),
      ),
    )
  }
  // A playground plays refused credentials for one number; that must not stop it.
  if (scope === 'stop' && !sender.provider.traits.isPlayground) {
    await stopSender(ctx, { session: sender.session, code: refused.code, detail: refused.detail })
  }
}
