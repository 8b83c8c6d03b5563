import type { Context } from '../../context.ts'
import {
  findElsewhere,
  listConversations,
  type ConversationPage,
  type ConversationRecord,
} from '../../db/stores/contacts/conversations.ts'
import { candidatesOf } from '../../domain/contacts/person.ts'

export type { ConversationPage, ConversationRecord } from '../../db/stores/contacts/conversations.ts'

/** Messages that one page looks through at most: its cost is the same however many there are. */
const span = 1_000

/**
 * The customers of an account that it last exchanged messages with, each once, with the last message: one who has
 * several addresses stands under that of the last message.
 */
export async function findContacts(
  ctx: Context,
  accountId: string,
  { cursor, limit }: { cursor: string | null; limit: number },
): Promise<ConversationPage> {
  const page = await listConversations(ctx.db, { accountId, cursor, limit, span })
  return { ...page, conversations: await joinPeople(ctx, accountId, page.conversations) }
}

/** Leaves out the conversations that go on under another address of their person. */
async function joinPeople(
  ctx: Context,
  accountId: string,
  conversations: readonly ConversationRecord[],
): Promise<ConversationRecord[]> {
  if (conversations.length === 0) return []
  const people = conversations.map((conversation) => ({
    conversation,
    candidates: candidatesOf(conversation.address),
  }))
  const elsewhere = await findElsewhere(ctx.db, accountId, people)
  return conversations.flatMap((conversation, index) => {
    const other = elsewhere[index]
    if (other === undefined) return [conversation]
    const lastInboundAt = latest(conversation.lastInboundAt, other.lastInboundAt)
    return other.isContinued ? [] : [{ ...conversation, lastInboundAt }]
  })
}

function latest(one: Date | null, other: Date | null): Date | null {
  if (one === null || other === null) return one ?? other
  return one > other ? one : other
}
