import type { Context } from '../../context.ts'
import {
  findHistory,
  findMessage,
  findOwner,
  findSealed,
  type AttemptView,
  type MessageRecord,
} from '../../db/stores/messages/read.ts'
import { AppError } from '../../domain/app-error.ts'
import { readableBody } from '../../domain/messages/content/readable.ts'
import { wholeTimeline, type MessageState, type TimelineEntry } from '../../domain/messages/message.ts'
import { shownStatus } from '../../domain/messages/status.ts'
import type { Change } from '../../domain/messages/transition.ts'
import { after } from '../../kit/clock.ts'
import { priceThrough } from '../billing/credits.ts'
import { openSealed } from '../common/sealed.ts'
import { findAccountSession, loadSender } from '../senders/lookup.ts'
import { transitionMessages } from './transition.ts'

export type { MessageRecord } from '../../db/stores/messages/read.ts'

/** A message with its timeline, in the order of what happened, and its attempts, the first one first. */
export interface MessageHistory {
  message: MessageRecord
  timeline: TimelineEntry[]
  attempts: AttemptView[]
}

/** For the operator: the account that a message belongs to; null when there is no such message. */
export function findOwnerOf(ctx: Context, id: string): Promise<string | null> {
  return findOwner(ctx.db, id)
}

/** One message of an account. Throws `message_not_found`, also for another account's. */
export async function getMessage(ctx: Context, accountId: string, id: string): Promise<MessageHistory> {
  const found = await findHistory(ctx.db, accountId, id)
  if (found === null) throw new AppError('message_not_found', 'There is no such message in your account.')
  const { message, attempts, leaseUntil } = found
  // A lease has one length, so its end tells its beginning.
  const claimedAt = leaseUntil === null ? null : after(leaseUntil, -ctx.config.send.leaseMs)
  const claim = claimedAt === null ? null : { attempt: message.attempt, claimedAt }
  const shown = message.secret ? await openedWhereNobodyReads(ctx, message) : message
  return { message: shown, attempts, timeline: wholeTimeline(found.timeline, { attempts, claim }) }
}

/**
 * A sealed message with its true content where its sender reaches nobody, for as long as it is kept: there the reader
 * of the API is the only one who can be its recipient. All others stay masked.
 */
async function openedWhereNobodyReads(ctx: Context, message: MessageRecord): Promise<MessageRecord> {
  const sender = await loadSender(ctx, message.sessionId)
  if (sender?.provider.traits.isPlayground !== true) return message
  const sealed = await findSealed(ctx.db, message.accountId, message.id)
  if (sealed === null) return message
  const { content } = openSealed(ctx, message.id, sealed)
  return { ...message, content, body: readableBody(content, null) }
}

/**
 * Cancels a message that is not on its way yet; canceling it again changes nothing. Throws `message_not_found`
 * and `message_not_cancelable`.
 */
export async function cancelMessage(ctx: Context, accountId: string, id: string): Promise<MessageState> {
  await assertOutbound(ctx, accountId, id)
  const state = await changeMessage(ctx, id, { to: 'canceled', at: ctx.clock.now() })
  if (state.status === 'canceled') return state
  throw new AppError(
    'message_not_cancelable',
    `A message can be canceled while it is scheduled or queued; this one is ${shownStatus(state.status)}.`,
  )
}

/**
 * Queues a message that failed or expired again, with a new time to live; one whose credits were given back is paid again. Throws
 * `message_not_found`, `message_not_retryable` and `insufficient_credits`.
 */
export async function retryMessage(ctx: Context, accountId: string, id: string): Promise<MessageState> {
  const { status, sessionId, origin, secret } = await assertOutbound(ctx, accountId, id)
  if (origin !== null) {
    throw new AppError(
      'message_not_retryable',
      'This message was not sent through this API, so it cannot be sent again.',
    )
  }
  if (secret) {
    throw new AppError(
      'message_not_retryable',
      'This message carried a one-time password, which would be too old. Ask for a new one.',
    )
  }
  if (shownStatus(status) !== 'failed') {
    throw new AppError(
      'message_not_retryable',
      `Only a failed message can be retried; this one is ${shownStatus(status)}.`,
    )
  }
  const at = ctx.clock.now()
  const price = await priceOfRetry(ctx, accountId, sessionId)
  const state = await changeMessage(ctx, id, { to: 'queued', at, dueAt: at, why: 'retry' }, price)
  ctx.tasks.track(ctx.queue.enqueue(`send-${state.lane}`, [id]))
  return state
}

async function priceOfRetry(ctx: Context, accountId: string, sessionId: string): Promise<number> {
  if (ctx.config.credits === 'off') return 0
  return priceThrough(ctx, await findAccountSession(ctx, accountId, sessionId))
}

async function assertOutbound(ctx: Context, accountId: string, id: string): Promise<MessageRecord> {
  const message = await findMessage(ctx.db, accountId, id)
  if (message?.direction === 'outbound') return message
  throw new AppError('message_not_found', 'There is no such message in your account.')
}

async function changeMessage(ctx: Context, id: string, change: Change, price = 0): Promise<MessageState> {
  const state = (await transitionMessages(ctx, [{ id, change, price }])).get(id)
  if (state === undefined)
    throw new AppError('message_not_found', 'There is no such message in your account.')
  return state
}
