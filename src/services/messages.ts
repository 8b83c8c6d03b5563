import type { Context } from '../context.ts'
import { countByStatus } from '../db/stores/counters.ts'
import {
  countMessages,
  findHistory,
  findMessage,
  listMessages,
  type MessageFilter,
  type MessageHistory,
  type MessageRecord,
} from '../db/stores/message-reads.ts'
import { AppError } from '../domain/app-error.ts'
import type { MessageState } from '../domain/message.ts'
import type { Change } from '../domain/advance.ts'
import { priceThrough } from './credits.ts'
import { moveMessages } from './move-messages.ts'

export type { MessageHistory, MessageRecord } from '../db/stores/message-reads.ts'

/** One message of an account. Throws `message_not_found`, also for another account's. */
export async function getMessage(ctx: Context, accountId: string, id: string): Promise<MessageHistory> {
  const history = await findHistory(ctx.db, accountId, id)
  if (history === null) throw new AppError('message_not_found', 'There is no such message in your account.')
  return history
}

/** Which messages to list. `cursor` is the last id of the page before, and stronger than `page`. */
export interface ListRequest {
  status: string | null
  batchId: string | null
  direction: 'outbound' | 'inbound'
  limit: number
  page: number
  cursor: string | null
}

export interface MessagePage {
  messages: MessageRecord[]
  page: number
  limit: number
  /** Exact without a batch or for one; counting stops at a hundred thousand rows otherwise. */
  total: number
  nextCursor: string | null
}

/** A page of an account's messages, the newest first. */
export async function findMessages(
  ctx: Context,
  accountId: string,
  request: ListRequest,
): Promise<MessagePage> {
  const { page, limit, cursor } = request
  const filter: MessageFilter = {
    accountId,
    direction: request.direction,
    status: request.status,
    batchId: request.batchId,
    before: cursor,
    // One more than asked for tells whether there is a next page.
    limit: limit + 1,
    offset: cursor === null ? (page - 1) * limit : 0,
  }
  const [rows, total] = await Promise.all([listMessages(ctx.db, filter), totalOf(ctx, accountId, request)])
  const messages = rows.slice(0, limit)
  return {
    messages,
    page,
    limit,
    total,
    nextCursor: rows.length > limit ? (messages.at(-1)?.id ?? null) : null,
  }
}

/** From the counters where they know; else counted, up to a bound. */
async function totalOf(ctx: Context, accountId: string, request: ListRequest): Promise<number> {
  if (request.direction === 'outbound' && request.batchId === null) {
    const counts = await countByStatus(ctx.db, accountId)
    if (request.status !== null) return counts.get(request.status) ?? 0
    return [...counts.values()].reduce((sum, count) => sum + count, 0)
  }
  return countMessages(ctx.db, {
    accountId,
    direction: request.direction,
    status: request.status,
    batchId: request.batchId,
    before: null,
    limit: 100_000,
    offset: 0,
  })
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
    `A message can be canceled while it is scheduled or queued; this one is ${state.status}.`,
  )
}

/**
 * Puts a failed message back into the line, with a new life; one whose credits were given back is paid again. Throws
 * `message_not_found`, `message_not_retryable` and `insufficient_credits`.
 */
export async function retryMessage(ctx: Context, accountId: string, id: string): Promise<MessageState> {
  const { status, sessionId } = await assertOutbound(ctx, accountId, id)
  if (status !== 'failed') {
    throw new AppError(
      'message_not_retryable',
      `Only a failed message can be retried; this one is ${status}.`,
    )
  }
  const at = ctx.clock.now()
  const price = await priceThrough(ctx, accountId, sessionId)
  const state = await changeMessage(ctx, id, { to: 'queued', at, dueAt: at, why: 'retry' }, price)
  ctx.tasks.track(ctx.queue.ring(`send-${state.lane}`, [id]))
  return state
}

async function assertOutbound(ctx: Context, accountId: string, id: string): Promise<MessageRecord> {
  const message = await findMessage(ctx.db, accountId, id)
  if (message?.direction === 'outbound') return message
  throw new AppError('message_not_found', 'There is no such message in your account.')
}

async function changeMessage(ctx: Context, id: string, change: Change, price = 0): Promise<MessageState> {
  const state = (await moveMessages(ctx, [{ id, change, price }])).get(id)
  if (state === undefined)
    throw new AppError('message_not_found', 'There is no such message in your account.')
  return state
}
