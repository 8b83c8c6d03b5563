import { z } from 'zod'
import { perContext, type Context } from '../context.ts'
import { findIdempotency } from '../db/stores/idempotency.ts'
import { findExternalId } from '../db/stores/message-reads.ts'
import { insertMessages, type NewMessage } from '../db/stores/messages.ts'
import { isUnavailable, unavailable } from '../db/client.ts'
import type { Caller } from '../domain/account.ts'
import { parseAddress } from '../domain/address.ts'
import { ringGraceMs } from '../domain/advance.ts'
import { AppError } from '../domain/app-error.ts'
import { readableBody, type MessageContent } from '../domain/content.ts'
import type { Lane } from '../domain/message.ts'
import { createBatcher } from '../kit/batcher.ts'
import { after } from '../kit/clock.ts'
import { isUuid, newId } from '../kit/id.ts'
import { refuseWhenFull } from './backpressure.ts'
import { chooseSession } from './sessions.ts'

/** A message as an app asks for it. */
export interface SendRequest {
  to: string
  content: MessageContent
  /** Which sender, by id or name; the account's default if null. */
  session: string | null
  sendAt: Date | null
  ttlSeconds: number | null
  priority: 'normal' | 'high'
  metadata: Record<string, unknown> | null
  dryRun: boolean
  /** The message it answers: our id, or the provider's. So is a reaction's `messageId`. */
  replyTo: string | null
}

/** What identifies a request that is sent again: the client's key, and a hash of what it asked for. */
export interface Idempotency {
  key: string
  fingerprint: Buffer
}

/** The answer to a send; the same again when the request is repeated. */
export interface Accepted {
  id: string
  status: 'queued' | 'scheduled'
  scheduledFor: string | null
}

const idempotencyMs = 24 * 3_600 * 1_000
/** Requests that may wait for the database before the next one is turned away. */
const waitingMax = 4_096

const accepts = perContext((ctx: Context) =>
  createBatcher<NewMessage, boolean>({
    itemsMax: 256,
    lanes: 2,
    waitingMax,
    run: (messages) => acceptBatch(ctx, messages),
  }),
)

/**
 * Accepts one message: when this resolves, it is committed. With an idempotency key that was used before, answers
 * as the first time and sends nothing.
 *
 * Throws `validation_failed` (the recipient, or a message it refers to), `session_not_found`,
 * `credentials_missing`, `session_stopped`, `idempotency_conflict`, and `unavailable` when Postgres cannot take
 * more.
 */
export async function acceptMessage(
  ctx: Context,
  caller: Caller,
  request: SendRequest,
  idempotency: Idempotency | null,
): Promise<{ accepted: Accepted; replayed: boolean }> {
  if (idempotency !== null) {
    const earlier = await replay(ctx, caller, idempotency)
    if (earlier !== null) return { accepted: earlier, replayed: true }
  }
  const message = await draft(ctx, caller, request, idempotency)
  const written = await accepts(ctx).add(message).catch(refuseWhenFull)
  if (written) return { accepted: answerFor(message), replayed: false }
  // Somebody else's request with the same key was faster.
  const winner = idempotency === null ? null : await replay(ctx, caller, idempotency)
  if (winner === null) throw unavailable(new Error('the idempotency record vanished'))
  return { accepted: winner, replayed: true }
}

async function draft(
  ctx: Context,
  caller: Caller,
  request: SendRequest,
  idempotency: Idempotency | null,
): Promise<NewMessage> {
  const address = parseAddress(request.to)
  if (address === null) throw invalidRecipient()
  const { content, replyTo } = await resolveReferences(ctx, caller.account.id, request)
  const session = await chooseSession(ctx, { caller, named: request.session, dryRun: request.dryRun })
  const now = ctx.clock.now()
  const dueAt = request.sendAt ?? now
  const message: NewMessage = {
    id: newId(),
    accountId: caller.account.id,
    sessionId: session.id,
    batchId: null,
    status: request.sendAt === null ? 'queued' : 'scheduled',
    lane: laneOf(request),
    address: address.value,
    content,
    body: readableBody(content),
    metadata: request.metadata,
    replyTo,
    dryRun: request.dryRun,
    createdAt: now,
    dueAt,
    // A scheduled message is released by the sweeper; the others by their doorbell, or by the sweeper if it is lost.
    wakeAt: request.sendAt ?? after(now, ringGraceMs),
    scheduledFor: request.sendAt,
    expiresAt: after(dueAt, (request.ttlSeconds ?? ctx.config.send.ttlSeconds) * 1_000),
    idempotency: null,
  }
  if (idempotency === null) return message
  return {
    ...message,
    idempotency: {
      key: idempotency.key,
      fingerprint: idempotency.fingerprint.toString('hex'),
      response: answerFor(message),
      expiresAt: after(now, idempotencyMs),
    },
  }
}

/** Puts the provider's ids where the request names messages by ours, which no provider knows. */
async function resolveReferences(
  ctx: Context,
  accountId: string,
  { content, replyTo }: SendRequest,
): Promise<Pick<SendRequest, 'content' | 'replyTo'>> {
  return {
    content:
      content.type === 'reaction'
        ? {
            ...content,
            messageId: await externalIdFor(ctx, accountId, content.messageId, 'body.reaction.messageId'),
          }
        : content,
    replyTo: replyTo === null ? null : await externalIdFor(ctx, accountId, replyTo, 'body.replyTo'),
  }
}

/** The provider's id of a message named by either id. Throws `validation_failed`, naming `path`. */
async function externalIdFor(ctx: Context, accountId: string, id: string, path: string): Promise<string> {
  if (!isUuid(id)) return id
  const found = await findExternalId(ctx.db, accountId, id)
  if (found === null) throw invalidField(path, 'there is no such message in your account')
  if (found.externalId === null) {
    throw invalidField(path, 'that message has not reached WhatsApp yet, so nothing can refer to it')
  }
  return found.externalId
}

function laneOf(request: SendRequest): Lane {
  return request.priority === 'high' ? 'urgent' : 'normal'
}

function answerFor(message: NewMessage): Accepted {
  return {
    id: message.id,
    status: message.status,
    scheduledFor: message.scheduledFor?.toISOString() ?? null,
  }
}

/** The first answer to this key, or null. Throws `idempotency_conflict` when it was used for something else. */
async function replay(
  ctx: Context,
  caller: Caller,
  { key, fingerprint }: Idempotency,
): Promise<Accepted | null> {
  const record = await findIdempotency(ctx.db, caller.account.id, key)
  if (record === null) return null
  if (!record.fingerprint.equals(fingerprint)) {
    throw new AppError(
      'idempotency_conflict',
      'This Idempotency-Key was used for a different request. Use a new key for a new message.',
    )
  }
  return acceptedShape.parse(record.response)
}

/** How an answer stands in an idempotency record. */
const acceptedShape = z.object({
  id: z.string(),
  status: z.enum(['queued', 'scheduled']),
  scheduledFor: z.string().nullable(),
})

/** One flush: one statement, one commit, then one job a lane. */
async function acceptBatch(ctx: Context, messages: NewMessage[]): Promise<PromiseSettledResult<boolean>[]> {
  const { first, repeated } = splitRepeatedKeys(messages)
  const written = await writeMessages(ctx, first)
  const rung = first.filter((message) => message.status === 'queued' && written.get(message.id) === true)
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
    const written = await insertMessages(ctx.db, messages)
    return new Map(messages.map(({ id }) => [id, written.has(id)]))
  } catch (error) {
    if (messages.length === 1 || isUnavailable(error)) throw error
    const results = new Map<string, boolean | Error>()
    for (const message of messages) {
      const outcome = await insertMessages(ctx.db, [message]).catch((alone: unknown) =>
        alone instanceof Error ? alone : new Error(String(alone)),
      )
      results.set(message.id, outcome instanceof Error ? outcome : outcome.has(message.id))
    }
    return results
  }
}

function invalidRecipient(): AppError {
  return invalidField(
    'body.to',
    'must be a phone number in E.164 form, country code and number, digits only: 14155552671 ' +
      '(or a business-scoped user id such as US.13491208655302741918)',
  )
}

function invalidField(path: string, message: string): AppError {
  return new AppError('validation_failed', 'The request is not valid.', { details: [{ path, message }] })
}
