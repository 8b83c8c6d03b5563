import { z } from 'zod'
import type { Context } from '../../context.ts'
import { unavailable } from '../../db/client.ts'
import { insertBatch, type NewBatch } from '../../db/stores/messages/accept.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import {
  AppError,
  type ErrorCode,
  type ErrorDetail,
  invalidRequest,
  type Remedy,
} from '../../domain/app-error.ts'
import { planNamed } from '../../domain/accounts/plan.ts'
import { createTurns } from '../../kit/concurrency/turns.ts'
import { newId } from '../../kit/id.ts'
import { tooFewCredits } from '../billing/credits.ts'
import { enqueueDeliveries } from '../webhooks/publish.ts'
import { sendWarning } from '../contacts/warnings.ts'
import { draftMessage, type Draft, type SendRequest } from './draft.ts'
import { withinDay, type DayLimit } from '../accounts/rate-limits.ts'
import { findReplay, recordOf, type Idempotency } from './idempotency.ts'
import { countAccepted } from '../telemetry/metrics.ts'

/** One item of a bulk request: what it asks for, or what is wrong with it. */
export type BulkItem = { request: SendRequest } | { error: AppError }

/** An item that was refused, in our own words: each API words `remedy` and the paths of `details`. */
const itemError = z.object({
  index: z.number(),
  error: z.string(),
  remedy: z.custom<Remedy>().optional(),
  details: z.array(z.custom<ErrorDetail>()),
})
export type ItemError = z.infer<typeof itemError>
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

/** Refusals that are no fault of an item and pass by themselves: the whole request is refused, to be repeated as it is. */
const wholeRefusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['unavailable', 'session_paused'])

/** The answer to a request, and whether it was given before. */
interface Outcome {
  accepted: BulkAccepted
  replayed: boolean
}

/**
 * Accepts many messages in one commit; those that are wrong, or that the account cannot pay, are left out and listed
 * one by one. Throws `validation_failed` when there are more than the plan allows, `insufficient_credits` when none
 * can be paid, `rate_limited` (the limit of the day), `idempotency_conflict`, `session_paused` (when any
 * item's sender is) and `unavailable`.
 */
export async function acceptBulk(
  ctx: Context,
  caller: Caller,
  items: { read(index: number): BulkItem; length: number },
  idempotency: Idempotency | null,
  day: DayLimit,
): Promise<Outcome> {
  assertFew(ctx, caller, items.length)
  const replay = async () =>
    idempotency === null ? null : findReplay(ctx.db, caller.account.id, idempotency, bulkShape)
  const earlier = await replay()
  if (earlier !== null) return { accepted: earlier, replayed: true }

  const batch = { id: newId(), accountId: caller.account.id, total: items.length, createdAt: ctx.clock.now() }
  const all = await draftAll(ctx, caller, items, batch.id)
  const accountId = caller.account.id
  return withinDay<Outcome>(ctx, { day, accountId, amount: countReal(all) }, async () => {
    // A balance that does not reach for all makes a further round; each leaves fewer items.
    for (let drafts = all; ;) {
      const { answer, balance, needed } = await writeBatch(ctx, { batch, drafts, idempotency })
      if (answer !== null)
        return { result: { accepted: answer, replayed: false }, written: countReal(drafts) }
      const winner = await replay()
      if (winner !== null) return { result: { accepted: winner, replayed: true }, written: 0 }
      if (balance === null || balance >= needed)
        throw unavailable(new Error('the idempotency record vanished'))
      drafts = withinBalance(ctx, drafts, balance)
      if (drafts.items.length === 0) throw tooFewCredits(ctx, { left: balance, needed })
    }
  })
}

/** The items to accept, by their index in the request, and the errors of the others. */
interface Drafts {
  items: ({ index: number } & Draft)[]
  errors: ItemError[]
}

/**
 * Writes the batch as a whole. No answer: its idempotency key is taken, or the account's `balance` does not reach for
 * what it `needed`; then nothing is written.
 */
async function writeBatch(
  ctx: Context,
  {
    batch,
    drafts,
    idempotency,
  }: { batch: Omit<NewBatch, 'failedCount'>; drafts: Drafts; idempotency: Idempotency | null },
): Promise<{ answer: BulkAccepted | null; balance: number | null; needed: number }> {
  const messages = drafts.items.map(({ message }) => message)
  const needed = messages.reduce((sum, { credits }) => sum + credits, 0)
  const answer: BulkAccepted = {
    batchId: batch.id,
    totalMessages: batch.total,
    queued: messages.length,
    failedCount: drafts.errors.length,
    errors: drafts.errors,
    warnings: await warningsOf(ctx, drafts.items),
  }
  const record = idempotency === null ? null : recordOf(idempotency, answer, batch.createdAt)
  const whole = { ...batch, failedCount: drafts.errors.length }
  const { written, balance, deliveries } = await insertBatch(ctx.db, whole, messages, {
    idempotency: record,
    charging: needed > 0,
  })
  if (!written) return { answer: null, balance, needed }
  enqueueDeliveries(ctx, deliveries)
  countAccepted(ctx, messages)
  const due = messages.filter(({ status }) => status === 'queued')
  if (due.length > 0) ctx.tasks.track(ctx.queue.enqueueAccepted(due))
  return { answer, balance, needed }
}

/** The items that a balance can pay, in the order of the request; the others are listed among the errors. */
function withinBalance(ctx: Context, { items, errors }: Drafts, balance: number): Drafts {
  let left = balance
  const paid: Drafts['items'] = []
  const unpaid: ItemError[] = []
  for (const item of items) {
    const { credits } = item.message
    if (credits > left) {
      unpaid.push(itemErrorOf(item.index, tooFewCredits(ctx, { left, needed: credits })))
      continue
    }
    left -= credits
    paid.push(item)
  }
  return { items: paid, errors: [...errors, ...unpaid].toSorted((a, b) => a.index - b.index) }
}

function itemErrorOf(index: number, { message, remedy, details = [] }: AppError): ItemError {
  return { index, error: message, ...(remedy !== undefined && { remedy }), details }
}

/** The items that are sent: a dry run is not. */
function countReal({ items }: Drafts): number {
  return items.filter(({ message }) => !message.dryRun).length
}

function assertFew(ctx: Context, caller: Caller, count: number): void {
  const { bulkItemsMax } = planNamed(caller.account.plan)
  const most = bulkItemsMax ?? ctx.config.send.bulkItemsMax
  if (count <= most) return
  const setBy = bulkItemsMax === null ? 'this installation' : `the ${caller.account.plan} plan`
  throw invalidRequest([
    { path: 'items', message: `has ${count} items; ${setBy} allows ${most} in one request` },
  ])
}

async function draftAll(
  ctx: Context,
  caller: Caller,
  items: { read(index: number): BulkItem; length: number },
  batchId: string,
): Promise<Drafts> {
  const drafts: Drafts['items'] = []
  const errors: ItemError[] = []
  const turns = createTurns()
  for (let index = 0; index < items.length; index += 1) {
    await turns.next()
    const item = items.read(index)
    if ('error' in item) {
      errors.push(itemErrorOf(index, item.error))
      continue
    }
    try {
      drafts.push({ index, ...(await draftMessage(ctx, caller, item.request, { batchId })) })
    } catch (error) {
      if (!(error instanceof AppError) || wholeRefusals.has(error.code)) throw error
      errors.push(itemErrorOf(index, error))
    }
  }
  return { items: drafts, errors }
}

/** The warnings about accepted messages, by their index in the request. */
async function warningsOf(ctx: Context, items: Drafts['items']): Promise<ItemWarning[]> {
  const warned = await Promise.all(
    items.map(async ({ index, ...draft }) => ({ index, warning: await sendWarning(ctx, draft) })),
  )
  return warned.flatMap(({ index, warning }) => (warning === null ? [] : [{ index, warning }]))
}
