import type { Context } from '../../context.ts'
import { markInboundRead } from '../../db/stores/messages/conversation/inbound.ts'
import { findMessage, type MessageRecord } from '../../db/stores/messages/read.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import { markReadByOwner } from '../links/read-marks.ts'
import { assertLinked } from '../links/state.ts'
import { assertNotStopped, loadSender, type Sender } from '../senders/lookup.ts'
import { hasConnection } from '../senders/providers.ts'
import { refusedByProvider } from '../senders/refused.ts'

/**
 * Marks a customer's message as read, as if it had been opened on a phone, and with `typing` shows them that an answer
 * is being written. The provider is asked each time, because a repeat may be about the typing; when it was first read
 * stays. Throws `message_not_found`, `message_not_inbound`, `read_not_supported`, `forbidden`, `session_not_found`,
 * `session_stopped`, `session_not_linked`, `read_refused`, `provider_unreachable` and `credentials_rejected`.
 */
export async function markMessageRead(
  ctx: Context,
  caller: Caller,
  { id, typing }: { id: string; typing: boolean },
): Promise<{ id: string; readAt: Date }> {
  const message = await findMessage(ctx.db, caller.account.id, id)
  if (message === null) throw notFound()
  const externalId = assertInbound(message)
  const sender = await senderOf(ctx, caller, message)
  const { raw } = message.received ?? {}
  const result = hasConnection(ctx, sender.session)
    ? await markReadByOwner(ctx, { sessionId: sender.session.id, messageId: id, typing })
    : await sender.channel.markRead?.({ externalId, typing, raw }, ctx.outOfTime)
  if (result === undefined) throw notSupported(sender)
  if (!result.ok) {
    const says = 'does not let this message be marked as read'
    throw refusedByProvider(result, sender.provider.traits.label, { code: 'read_refused', says })
  }
  const readAt = await markInboundRead(ctx.db, caller.account.id, id)
  if (readAt === null) throw notFound()
  return { id, readAt }
}

/** The provider's id of an inbound message. */
function assertInbound({ direction, externalId }: MessageRecord): string {
  if (direction === 'inbound' && externalId !== null) return externalId
  throw new AppError(
    'message_not_inbound',
    'Only a message that a customer sent can be marked as read; this one was sent to a customer.',
  )
}

/** The sender that a message came to, which must be able to act. */
async function senderOf(ctx: Context, caller: Caller, { sessionId }: MessageRecord): Promise<Sender> {
  const sender = await loadSender(ctx, sessionId)
  if (sender === null) {
    throw new AppError('session_not_found', 'The sender that this message came to was removed.')
  }
  if (caller.key.mode === 'test' && !sender.provider.traits.isPlayground) {
    throw new AppError(
      'forbidden',
      `A test key reaches no customer: mark messages to the sender "${sender.session.name}" with a live key.`,
    )
  }
  assertNotStopped(sender.session)
  await assertLinked(ctx, sender.session)
  return sender
}

function notFound(): AppError {
  return new AppError('message_not_found', 'There is no such message in your account.')
}

function notSupported({ session }: Sender): AppError {
  return new AppError('read_not_supported', `The sender "${session.name}" cannot mark messages as read.`)
}
