import type { Context } from '../../context.ts'
import { listConversations, type ConversationPage } from '../../db/stores/contacts/conversations.ts'

export type { ConversationPage, ConversationRecord } from '../../db/stores/contacts/conversations.ts'

/** Messages that one page looks through at most: its cost is the same however many there are. */
const span = 1_000

/** The customers of an account that it last exchanged messages with, each once, with the last message. */
export function findContacts(
  ctx: Context,
  accountId: string,
  { cursor, limit }: { cursor: string | null; limit: number },
): Promise<ConversationPage> {
  return listConversations(ctx.db, { accountId, cursor, limit, span })
}
