import type { Context } from '../../../context.ts'
import { findReferred, findReferredByExternalId, type Referred } from '../../../db/stores/messages/read.ts'
import { type AppError, type Field, invalidField } from '../../../domain/app-error.ts'
import { addressFrom, type Address } from '../../../domain/messages/address.ts'
import type { MessageContent } from '../../../domain/messages/content.ts'
import { isUuid } from '../../../kit/id.ts'

/** The references of a request, and the address that it goes to. */
interface Referring {
  content: MessageContent
  replyTo: string | null
  address: Address
}

/**
 * Puts the provider's ids where a request names messages by ours, which no provider knows. Throws `validation_failed`
 * for a message that is not there, or that has not reached its provider; and for one of a group, when the answer would
 * go elsewhere: what was said in a group is not answered in private.
 */
export async function resolveReferences(
  ctx: Context,
  accountId: string,
  { content, replyTo, address }: Referring,
): Promise<Pick<Referring, 'content' | 'replyTo'>> {
  const resolve = (id: string, path: Field) => externalIdFor(ctx, { accountId, id, path, address })
  return {
    content:
      content.type === 'reaction'
        ? { ...content, messageId: await resolve(content.messageId, 'reaction.messageId') }
        : content,
    replyTo: replyTo === null ? null : await resolve(replyTo, 'replyTo'),
  }
}

/** A reference by either id, the field that has it, and where the message goes. */
interface Reference {
  accountId: string
  id: string
  path: Field
  address: Address
}

/** The provider's id of a message named by either id. */
async function externalIdFor(ctx: Context, { accountId, id, path, address }: Reference): Promise<string> {
  if (!isUuid(id)) {
    const known = await findReferredByExternalId(ctx.db, accountId, id)
    if (known !== null) assertSameGroup(known, path, address)
    return id
  }
  const found = await findReferred(ctx.db, accountId, id)
  if (found === null) throw invalidField(path, 'there is no such message in your account')
  if (found.externalId === null) {
    throw invalidField(path, 'that message has not reached WhatsApp yet, so nothing can refer to it')
  }
  assertSameGroup(found, path, address)
  return found.externalId
}

function assertSameGroup({ address: chat, fromGroup }: Referred, path: Field, { value }: Address): void {
  const isGroup = fromGroup || addressFrom(chat).kind === 'group'
  if (isGroup && chat !== value) throw otherChat(path, chat)
}

function otherChat(path: Field, group: string): AppError {
  return invalidField(
    path,
    `that message was written in a group, and an answer to it must not go elsewhere: send to the group, ${group}`,
  )
}
