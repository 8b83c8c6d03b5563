import { z } from 'zod'
import { perContext, type Context } from '../context.ts'
import { isUnavailable } from '../db/client.ts'
import { insertMessages, type NewMessage } from '../db/stores/messages.ts'
import type { Caller } from '../domain/account.ts'
import { createBatcher } from '../kit/batcher.ts'
import { ringDeliveries } from './announce.ts'
import { refusedAtWriting } from './api-keys.ts'
import { refuseWhenFull } from './backpressure.ts'
import { windowWarning } from './contact-windows.ts'
import { draftMessage, type SendRequest } from './draft-message.ts'
import { countMessages } from './limits.ts'
import { findReplay, recordOf, type Idempotency } from './idempotency.ts'
import { countAccepted } from './metrics.ts'

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

const accepts = perContext((ctx: Context) =>
  createBatcher<NewMessage, boolean>({
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
 * The caller may be known from a moment ago: that its key is still alive is proven by the statement that writes.
 *
 * Throws `invalid_api_key`, `validation_failed` (the recipient, or a message it refers to), `session_not_found`,
 * `credentials_missing`, `session_stopped`, `session_paused`, `idempotency_conflict`, and `unavailable` when Postgres cannot take
 * more.
 */
export async function acceptMessage(
  ctx: Context,
  caller: Caller,
  request: SendRequest,
  idempotency: Idempotency | null,
): Promise<{ accepted: Accepted; replayed: boolean }> {
  const earlier = await replay(ctx, caller, idempotency)
  if (earlier !== null) return { accepted: earlier, replayed: true }
  const draft = await draftMessage(ctx, caller, request)
  await countMessages(ctx, caller, 1)
  const answer = answerFor(draft, await windowWarning(ctx, draft))
  const message =
    idempotency === null ? draft : { ...draft, idempotency: recordOf(idempotency, answer, draft.createdAt) }
  const written = await accepts(ctx).add(message).catch(refuseWhenFull)
  if (written) return { accepted: answer, replayed: false }
  // Somebody else's request with the same idempotency key was faster; or the API key was revoked meanwhile.
  const winner = await replay(ctx, caller, idempotency)
  if (winner === null) throw refusedAtWriting(ctx, caller)
  return { accepted: winner, replayed: true }
}

async function replay(
  ctx: Context,
  caller: Caller,
  idempotency: Idempotency | null,
): Promise<Accepted | null> {
  return idempotency === null ? null : findReplay(ctx, caller.account.id, idempotency, acceptedShape)
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
async function acceptBatch(ctx: Context, messages: NewMessage[]): Promise<PromiseSettledResult<boolean>[]> {
  const { first, repeated } = splitRepeatedKeys(messages)
  const written = await writeMessages(ctx, first)
  const stored = first.filter((message) => written.get(message.id) === true)
  countAccepted(ctx, stored)
  const rung = stored.filter((message) => message.status === 'queued')
  // Not awaited: the answer must not wait for the queue, which may be down; the sweeper rings then.
  if (rung.length > 0) ctx.tasks.track(ctx.queue.ringAccepted(rung))
  return messages.map((message) => {
    if (repeated.has(message)) return { status: 'fulfilled', value: false }
    const result = written.get(message.id)
    return result instanceof Error
      ? { status: 'rejected', reason: result }
      : { status: 'fulfilled', value: result ?? false }
  })
}

/** Two requests with the same key in one batch: the second one is answered like the first. */
function splitRepeatedKeys(messages: NewMessage[]): { first: NewMessage[]; repeated: Set<NewMessage> } {
  const seen = new Set<string>()
  const repeated = new Set<NewMessage>()
  const first = messages.filter((message) => {
    if (message.idempotency === null) return true
    const key = `${message.accountId} ${message.idempotency.key}`
    if (seen.has(key)) repeated.add(message)
    seen.add(key)
    return !repeated.has(message)
  })
  return { first, repeated }
}

/**
 * Writes a batch; if the database refuses it for what one message holds, each is tried alone, so that one bad
 * message harms no other.
 */
async function writeMessages(ctx: Context, messages: NewMessage[]): Promise<Map<string, boolean | Error>> {
  try {
    const written = await insertAndRing(ctx, messages)
    return new Map(messages.map(({ id }) => [id, written.has(id)]))
  } catch (error) {
    if (messages.length === 1 || isUnavailable(error)) throw error
    const results = new Map<string, boolean | Error>()
    for (const message of messages) {
      const outcome = await insertAndRing(ctx, [message]).catch((alone: unknown) =>
        alone instanceof Error ? alone : new Error(String(alone)),
      )
      results.set(message.id, outcome instanceof Error ? outcome : outcome.has(message.id))
    }
    return results
  }
}

async function insertAndRing(ctx: Context, messages: NewMessage[]): Promise<Set<string>> {
  const { written, deliveries } = await insertMessages(ctx.db, messages)
  ringDeliveries(ctx, deliveries)
  return written
}
