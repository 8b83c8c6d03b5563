import type { Context } from '../../context.ts'
import { findInboundId } from '../../db/stores/messages/conversation/inbound.ts'
import { findReferred } from '../../db/stores/messages/read.ts'
import { AppError, invalidField, type Field } from '../../domain/app-error.ts'
import { parseAddress } from '../../domain/messages/address.ts'
import type { PlayedContent } from '../../domain/played-message.ts'
import { isUuid, newId } from '../../kit/id.ts'
import { findAccountSession, loadSender } from '../senders/lookup.ts'
import { keepCallback } from './receive.ts'

/** A customer's message as an app asks for it to be played. */
export interface PlayRequest {
  /** The sender that it comes to, by id or name. */
  session: string
  from: string
  profileName: string | null
  content: PlayedContent
  /** The message it answers: our id, or the provider's. So is a reaction's `messageId`. */
  replyTo: string | null
}

/** The message as it was stored. */
export interface PlayedInbound {
  id: string
  externalId: string
  sessionId: string
  from: string
  type: string
}

/**
 * Has a customer write to a playground: the message goes the way of a callback, and is stored and told when this
 * resolves. Throws `session_not_found`, `validation_failed` for a sender that is no playground, for an address that is
 * none, for a message that is not there and for one that no callback could bring, and `unavailable`.
 */
export async function playInbound(
  ctx: Context,
  accountId: string,
  { session: named, profileName, ...request }: PlayRequest,
): Promise<PlayedInbound> {
  const session = await findAccountSession(ctx, accountId, named).catch(withoutName)
  const play = (await loadSender(ctx, session.id))?.channel.playCustomer
  if (play === undefined) {
    throw invalidField('sender', 'reaches real people: customers can be played to a sandbox only')
  }
  const from = parseAddress(request.from)
  // A group writes nothing: its members do.
  if (from === null || from.kind === 'group') {
    throw invalidField(
      'customer',
      'must be a phone number in E.164 form, such as 14155552671, or a business-scoped user id',
    )
  }
  const { content, replyTo } = await resolveReferences(ctx, accountId, request)
  const event = play({ id: newId(), from, profileName, content, replyTo, at: ctx.clock.now() })
  if (event === null) throw invalidField('raw', 'is no message that a callback could bring')
  const body = Buffer.from(JSON.stringify(event))
  await keepCallback(ctx, { provider: session.provider, sessionId: session.id, body })
  const { externalId, type } = event
  const id = await findInboundId(ctx.db, session.id, externalId)
  if (id === null) {
    throw new AppError('unavailable', 'The message is kept and will be told later.', {
      retryAfterSeconds: 15,
    })
  }
  return { id, externalId, sessionId: session.id, from: from.value, type }
}

/** The refusal of a name that nobody of the account has, without repeating it: the caller has it in the path. */
function withoutName(error: unknown): never {
  if (!(error instanceof AppError) || error.code !== 'session_not_found') throw error
  throw new AppError(error.code, 'There is no such session.', { cause: error })
}

async function resolveReferences(
  ctx: Context,
  accountId: string,
  { content, replyTo }: Pick<PlayRequest, 'content' | 'replyTo'>,
): Promise<Pick<PlayRequest, 'content' | 'replyTo'>> {
  const idFor = (id: string, path: Field) => externalIdFor(ctx, accountId, id, path)
  return {
    content:
      'reaction' in content
        ? {
            reaction: {
              ...content.reaction,
              messageId: await idFor(content.reaction.messageId, 'reaction.messageId'),
            },
          }
        : content,
    replyTo: replyTo === null ? null : await idFor(replyTo, 'replyTo'),
  }
}

/** The provider's id of a message named by either id. Throws `validation_failed`, naming `path`. */
async function externalIdFor(ctx: Context, accountId: string, id: string, path: Field): Promise<string> {
  if (!isUuid(id)) return id
  const found = await findReferred(ctx.db, accountId, id)
  if (found?.externalId != null) return found.externalId
  throw invalidField(
    path,
    found === null ? 'there is no such message in your account' : 'that message was not handed over yet',
  )
}
