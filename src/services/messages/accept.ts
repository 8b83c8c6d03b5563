import { z } from 'zod'
import { perContext, type Context } from '../../context.ts'
import { isUnavailable } from '../../db/client.ts'
import { insertMessages, type NewMessage } from '../../db/stores/messages/accept.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { creditsPerMessage } from '../../domain/billing/credits.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'
import { togetherOrEach } from '../../kit/concurrency/together-or-each.ts'
import { tooFewCredits } from '../billing/credits.ts'
import { enqueueDeliveries } from '../webhooks/publish.ts'
import { refusalAtWriting } from '../accounts/api-keys.ts'
import { refuseWhenFull } from '../common/overload.ts'
import { sendWarning } from '../contacts/warnings.ts'
import { draftMessage, type SendRequest } from './draft.ts'
import { withinDay, type DayLimit } from '../accounts/rate-limits.ts'
import { findReplay, recordOf, type Idempotency } from './idempotency.ts'
import { countAccepted } from '../telemetry/metrics.ts'

// The front door of the room: accepts one message. The others: `draft` turns a request into a message (its folder guards
// the links in it and finds the messages that it names), `idempotency` answers repeats, `accept-bulk` and `batches` do
// the same for many, `list` reads, `manage` retries and cancels, `mark-read` marks what customers sent, `handover` waits
// for the provider's word, `accept-within` accepts in a transaction of another room, and `transition` writes every later
// change of a status.

const acceptedShape = z.object({
  id: z.string(),
  status: z.enum(['queued', 'scheduled']),
  scheduledFor: z.string().nullable(),
  warning: z.string().optional(),
})
/** The answer to a send; the same again when the request is repeated. */
export type Accepted = z.infer<typeof acceptedShape>

/** Requests that may wait for the database before the next one is turned away. */
const waitingMax = 4_096

/**
 * The result of writing a message. `notWritten`: another request with the same idempotency key was faster,
 * or the API key was revoked meanwhile.
 */
type Written = 'accepted' | 'notWritten' | 'unpaid'

const accepts = perContext((ctx: Context) =>
  createBatcher<NewMessage, Written>({
    itemsMax: 256,
    lanes: 1,
    waitingMax,
    run: (messages) => acceptBatch(ctx, messages),
  }),
)

/**
 * Accepts one message: when this resolves, it is committed. With an idempotency key that was used before, answers
 * as the first time and sends nothing.
 *
 * A request that takes work to make is given as a function, which a repeat does not call.
 *
 * The caller may come from a cache: the statement that writes verifies that its key is still alive.
 *
 * Throws `invalid_api_key`, `validation_failed` (the recipient, or a message it refers to), `session_not_found`,
 * `credentials_missing`, `session_stopped`, `session_paused`, `idempotency_conflict`, `insufficient_credits`,
 * `rate_limited` (the limit of the day, which dry runs do not count against), and `unavailable` when Postgres cannot
 * take more.
 */
export async function acceptMessage(
  ctx: Context,
  caller: Caller,
  request: SendRequest | (() => Promise<SendRequest>),
  idempotency: Idempotency | null,
  day: DayLimit | null = null,
): Promise<{ accepted: Accepted; replayed: boolean }> {
  const earlier = await replay(ctx, caller, idempotency)
  if (earlier !== null) return { accepted: earlier, replayed: true }
  const asked = typeof request === 'function' ? await request() : request
  const draft = await draftMessage(ctx, caller, asked)
  const answer = answerFor(draft.message, await sendWarning(ctx, draft))
  const message = {
    ...draft.message,
    idempotency: idempotency === null ? null : recordOf(idempotency, answer, draft.message.createdAt),
  }
  const written = await writeCounted(ctx, message, day)
  if (written === 'accepted') return { accepted: answer, replayed: false }
  const winner = await replay(ctx, caller, idempotency)
  if (winner !== null) return { accepted: winner, replayed: true }
  if (written === 'unpaid') throw tooFewCredits(ctx, { left: 0, needed: creditsPerMessage })
  throw await refusalAtWriting(ctx, caller)
}

/** Writes a message that counts against a limit of the day, unless it is not written. */
async function writeCounted(ctx: Context, message: NewMessage, day: DayLimit | null): Promise<Written> {
  const write = () => accepts(ctx).add(message).catch(refuseWhenFull)
  if (day === null || message.dryRun) return write()
  return withinDay(ctx, { day, accountId: message.accountId, amount: 1 }, async () => {
    const result = await write()
    return { result, written: result === 'accepted' ? 1 : 0 }
  })
}

async function replay(
  ctx: Context,
  caller: Caller,
  idempotency: Idempotency | null,
): Promise<Accepted | null> {
  return idempotency === null ? null : findReplay(ctx.db, caller.account.id, idempotency, acceptedShape)
}

function answerFor(message: NewMessage, warning: string | null): Accepted {
  return {
    id: message.id,
    status: message.status,
    scheduledFor: message.scheduledFor?.toISOString() ?? null,
    ...(warning !== null && { warning }),
  }
}

/** One flush: one statement, one commit, then one job a lane. */
async function acceptBatch(ctx: Context, messages: NewMessage[]): Promise<PromiseSettledResult<Written>[]> {
  const { first, repeated } = splitRepeatedKeys(messages)
  const written = await writeMessages(ctx, first)
  const stored = first.filter((message) => written.get(message.id) === 'accepted')
  countAccepted(ctx, stored)
  const queued = stored.filter((message) => message.status === 'queued')
  // Not awaited: the answer must not wait for the queue, which may be down; the sweeper enqueues then.
  if (queued.length > 0) ctx.tasks.track(ctx.queue.enqueueAccepted(queued))
  return messages.map((message) => {
    const original = repeated.get(message)
    const result = written.get(original?.id ?? message.id) ?? 'notWritten'
    if (result instanceof Error) return { status: 'rejected', reason: result }
    // The answer that its original was given is read again.
    const repeat = original !== undefined && result === 'accepted'
    return { status: 'fulfilled', value: repeat ? 'notWritten' : result }
  })
}

/** Two requests with the same key in one batch: the second one is answered like the first. */
function splitRepeatedKeys(messages: NewMessage[]): {
  first: NewMessage[]
  /** The first one, by its repeats. */
  repeated: Map<NewMessage, NewMessage>
} {
  const seen = new Map<string, NewMessage>()
  const repeated = new Map<NewMessage, NewMessage>()
  const first = messages.filter((message) => {
    if (message.idempotency === null) return true
    const key = `${message.accountId} ${message.idempotency.key}`
    const original = seen.get(key)
    if (original !== undefined) repeated.set(message, original)
    else seen.set(key, message)
    return original === undefined
  })
  return { first, repeated }
}

/** Writes a batch; a message that the database refuses harms no other. The results by the ids of the messages. */
async function writeMessages(ctx: Context, messages: NewMessage[]): Promise<Map<string, Written | Error>> {
  const results = await togetherOrEach(messages, (some) => writeTogether(ctx, some), {
    isPassing: isUnavailable,
  })
  return new Map(
    messages.map(({ id }, index): [string, Written | Error] => {
      const result = results[index]
      return [id, result?.status === 'fulfilled' ? result.value : errorOf(result?.reason)]
    }),
  )
}

function errorOf(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}

async function writeTogether(ctx: Context, messages: readonly NewMessage[]): Promise<Written[]> {
  const charging = messages.some(({ credits }) => credits > 0)
  const { written, unpaid, deliveries } = await insertMessages(ctx.db, messages, { charging })
  enqueueDeliveries(ctx, deliveries)
  return messages.map(({ id }) => (written.has(id) ? 'accepted' : unpaid.has(id) ? 'unpaid' : 'notWritten'))
}
