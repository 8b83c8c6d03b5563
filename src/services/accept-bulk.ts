import { z } from 'zod'
import type { Context } from '../context.ts'
import { unavailable } from '../db/client.ts'
import { insertBatch, type NewMessage } from '../db/stores/messages.ts'
import type { Caller } from '../domain/account.ts'
import { AppError, type ErrorCode, type ErrorDetail } from '../domain/app-error.ts'
import { planNamed } from '../domain/plan.ts'
import { newId } from '../kit/id.ts'
import { ringDeliveries } from './announce.ts'
import { windowWarning } from './contact-windows.ts'
import { draftMessage, type SendRequest } from './draft-message.ts'
import { countMessages } from './limits.ts'
import { findReplay, recordOf, type Idempotency } from './idempotency.ts'
import { countAccepted } from './metrics.ts'

/** One item of a bulk request: what it asks for, or what is wrong with it. */
export type BulkItem = { request: SendRequest } | { error: string; details: ErrorDetail[] }

const itemError = z.object({
  index: z.number(),
  error: z.string(),
  details: z.array(z.object({ path: z.string(), message: z.string() })),
})
type ItemError = z.infer<typeof itemError>
const itemWarning = z.object({ index: z.number(), warning: z.string() })
type ItemWarning = z.infer<typeof itemWarning>

const bulkShape = z.object({
  batchId: z.string(),
  totalMessages: z.number(),
  queued: z.number(),
  failedCount: z.number(),
  errors: z.array(itemError),
  warnings: z.array(itemWarning),
})
/** The answer to a bulk send; the same again when the request is repeated. */
export type BulkAccepted = z.infer<typeof bulkShape>

/** What is no fault of an item and passes by itself: the whole request is refused, to be sent again as it is. */
const wholeRefusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['unavailable', 'session_paused'])

/** How many items are drafted before other requests get their turn. */
const itemsATurn = 100

/**
 * Accepts many messages in one commit; those that are wrong are left out and told one by one. Throws
 * `validation_failed` when there are more than the plan allows, `idempotency_conflict`, `session_paused` (when any
 * item's sender is) and `unavailable`.
 */
export async function acceptBulk(
  ctx: Context,
  caller: Caller,
  items: { read(index: number): BulkItem; length: number },
  idempotency: Idempotency | null,
): Promise<{ accepted: BulkAccepted; replayed: boolean }> {
  assertWithinPlan(caller, items.length)
  const replay = async () =>
    idempotency === null ? null : findReplay(ctx, caller.account.id, idempotency, bulkShape)
  const earlier = await replay()
  if (earlier !== null) return { accepted: earlier, replayed: true }

  const batchId = newId()
  const { messages, indexes, errors } = await draftAll(ctx, caller, items, batchId)
  await countMessages(ctx, caller, messages.length)
  const answer: BulkAccepted = {
    batchId,
    totalMessages: items.length,
    queued: messages.length,
    failedCount: errors.length,
    errors,
    warnings: await warningsOf(ctx, messages, indexes),
  }
  const batch = {
    id: batchId,
    accountId: caller.account.id,
    total: items.length,
    failedCount: errors.length,
    createdAt: ctx.clock.now(),
  }
  const record = idempotency === null ? null : recordOf(idempotency, answer, batch.createdAt)
  const { written, deliveries } = await insertBatch(ctx.db, batch, messages, record)
  if (written) {
    ringDeliveries(ctx, deliveries)
    countAccepted(ctx, messages)
    const due = messages.filter(({ status }) => status === 'queued')
    if (due.length > 0) ctx.tasks.track(ctx.queue.ringAccepted(due))
    return { accepted: answer, replayed: false }
  }
  const winner = await replay()
  if (winner === null) throw unavailable(new Error('the idempotency record vanished'))
  return { accepted: winner, replayed: true }
}

function assertWithinPlan(caller: Caller, count: number): void {
  const { bulkItemsMax } = planNamed(caller.account.plan)
  if (count <= bulkItemsMax) return
  throw new AppError('validation_failed', 'The request is not valid.', {
    details: [
      {
        path: 'body.messages',
        message: `has ${count} items; the ${caller.account.plan} plan allows ${bulkItemsMax} in one request`,
      },
    ],
  })
}

async function draftAll(
  ctx: Context,
  caller: Caller,
  items: { read(index: number): BulkItem; length: number },
  batchId: string,
): Promise<{ messages: NewMessage[]; indexes: number[]; errors: ItemError[] }> {
  const messages: NewMessage[] = []
  const indexes: number[] = []
  const errors: ItemError[] = []
  for (let index = 0; index < items.length; index += 1) {
    if (index % itemsATurn === itemsATurn - 1) await new Promise((resolve) => setImmediate(resolve))
    const item = items.read(index)
    if ('error' in item) {
      errors.push({ index, ...item })
      continue
    }
    try {
      messages.push(await draftMessage(ctx, caller, item.request, { batchId }))
      indexes.push(index)
    } catch (error) {
      if (!(error instanceof AppError) || wholeRefusals.has(error.code)) throw error
      errors.push({ index, error: error.message, details: error.details ?? [] })
    }
  }
  return { messages, indexes, errors }
}

/** What to say of messages that were accepted, by their places in the request. */
async function warningsOf(ctx: Context, messages: NewMessage[], indexes: number[]): Promise<ItemWarning[]> {
  const warnings = await Promise.all(messages.map((message) => windowWarning(ctx, message)))
  return warnings.flatMap((warning, place) => {
    const index = indexes[place]
    return warning === null || index === undefined ? [] : [{ index, warning }]
  })
}
