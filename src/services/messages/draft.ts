import type { Context } from '../../context.ts'
import type { NewMessage } from '../../db/stores/messages/accept.ts'
import type { SentBy } from '../../domain/accounts/account.ts'
import { enqueueGraceMs } from '../../domain/messages/transition.ts'
import { type AppError, invalidField, invalidRequest } from '../../domain/app-error.ts'
import { addressKindNames, type Address } from '../../domain/messages/address.ts'
import type { MessageContent } from '../../domain/messages/content.ts'
import { readableBody } from '../../domain/messages/content/readable.ts'
import type { Lane } from '../../domain/messages/message.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { languageCode } from '../../domain/templates/language.ts'
import { after } from '../../kit/clock.ts'
import { newId } from '../../kit/id.ts'
import { assertPublicLinks } from './draft/check-links.ts'
import { assertTemplateFits } from '../templates/check.ts'
import { findAddress } from '../contacts/address.ts'
import { resolveReferences } from './draft/references.ts'
import { priceOf } from '../billing/credits.ts'
import { assertLinked } from '../links/state.ts'
import { chooseSession } from '../senders/lookup.ts'
import { traitsOf } from '../senders/providers.ts'

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

/** A message that is not stored yet, and the session that it was drafted for, so that nobody looks it up again. */
export interface Draft {
  message: NewMessage
  session: LiveSession
}

/**
 * Turns a request into the message that will be stored. `bulk` is the batch that it came in. Throws
 * `validation_failed` (the recipient, a message it refers to, a link that leads inside, a template that does not
 * fit), `session_not_found`, `credentials_missing`, `session_stopped`, `session_not_linked` and `session_paused`.
 */
export async function draftMessage(
  ctx: Context,
  caller: SentBy,
  request: SendRequest,
  bulk: { batchId: string } | null = null,
): Promise<Draft> {
  const address = await findAddress(ctx, caller.account.id, request.to)
  if (address === null) throw invalidRecipient()
  // Here and not in the schema: a request that is repeated after its time gets its first answer.
  if (request.sendAt !== null && request.sendAt <= ctx.clock.now()) throw pastTime()
  const { content: asked, replyTo } = await resolveReferences(ctx, caller.account.id, { ...request, address })
  const content = asked.type === 'template' ? { ...asked, language: languageCode(asked.language) } : asked
  const session = await chooseSession(ctx, {
    caller,
    named: request.session,
    dryRun: request.dryRun,
    sendAt: request.sendAt,
  })
  await assertLinked(ctx, session)
  if (content.type !== 'text') await assertPublicLinks(ctx, caller.account.id, content)
  // A dry run names the templates of another sender than the one that plays it.
  const definition =
    content.type === 'template' && !request.dryRun ? await assertTemplateFits(ctx, session, content) : null
  assertSupported(ctx, session, { content, address })
  const now = ctx.clock.now()
  const dueAt = request.sendAt ?? now
  const message: NewMessage = {
    id: newId(),
    accountId: caller.account.id,
    sessionId: session.id,
    batchId: bulk?.batchId ?? null,
    status: request.sendAt === null ? 'queued' : 'scheduled',
    lane: laneOf(request, bulk !== null),
    address: address.value,
    content,
    sealed: null,
    body: readableBody(content, definition),
    metadata: request.metadata,
    replyTo,
    dryRun: request.dryRun,
    credits: priceOf(ctx, { caller, session, dryRun: request.dryRun }),
    createdAt: now,
    dueAt,
    // A scheduled message is released by the sweeper; the others by their job, or by the sweeper if the job is lost.
    wakeAt: request.sendAt ?? after(now, enqueueGraceMs),
    scheduledFor: request.sendAt,
    expiresAt: after(dueAt, (request.ttlSeconds ?? ctx.config.send.ttlSeconds) * 1_000),
    ttlSeconds: request.ttlSeconds,
    idempotency: null,
    keyId: caller.key.id,
  }
  return { message, session }
}

/** Throws `validation_failed` for what the session's provider cannot send, or cannot send there. */
function assertSupported(
  ctx: Context,
  session: LiveSession,
  { content, address }: { content: MessageContent; address: Address },
): void {
  const { messageTypes, addressKinds, textCharsMax } = traitsOf(ctx, session)
  if (!addressKinds.includes(address.kind)) {
    const known = addressKinds.map((kind) => addressKindNames[kind])
    throw invalidField(
      'recipient',
      `the sender "${session.name}" cannot send to ${addressKindNames[address.kind]}; it sends to ${known.join(', ')}`,
    )
  }
  if (!messageTypes.includes(content.type)) {
    throw invalidField(
      'content',
      `the sender "${session.name}" cannot send ${content.type}; it sends ${messageTypes.join(', ')}`,
    )
  }
  const length =
    content.type === 'text' && content.body.length > textCharsMax ? Array.from(content.body).length : 0
  if (length > textCharsMax)
    throw invalidField('content', `must have at most ${textCharsMax} characters; it has ${length}`)
}

function laneOf(request: SendRequest, inBulk: boolean): Lane {
  if (request.priority === 'high') return 'urgent'
  return inBulk ? 'bulk' : 'normal'
}

function pastTime(): AppError {
  return invalidRequest([
    {
      path: 'sendAt',
      message: 'is in the past: give a future time, or leave it out to send now',
    },
  ])
}

function invalidRecipient(): AppError {
  return invalidField(
    'recipient',
    'must be a phone number in E.164 form, country code and number, digits only: 14155552671 ' +
      '(or a business-scoped user id such as US.13491208655302741918, or the id of a group)',
  )
}
