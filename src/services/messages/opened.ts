import type { Context } from '../../context.ts'
import { findSealed, type MessageRecord } from '../../db/stores/messages/read.ts'
import { readableBody } from '../../domain/messages/content/readable.ts'
import { openSealed } from '../common/sealed.ts'
import { loadSender } from '../senders/lookup.ts'

/**
 * A sealed message with its true content where its sender reaches nobody, for as long as it is kept: there the reader
 * of the API is the only one who can be its recipient. All others stay masked.
 */
export async function openedWhereNobodyReads(ctx: Context, message: MessageRecord): Promise<MessageRecord> {
  const sender = await loadSender(ctx, message.sessionId)
  if (sender?.provider.traits.isPlayground !== true) return message
  const sealed = await findSealed(ctx.db, message.accountId, message.id)
  if (sealed === null) return message
  const { content } = openSealed(ctx, message.id, sealed)
  return { ...message, content, body: readableBody(content) }
}
