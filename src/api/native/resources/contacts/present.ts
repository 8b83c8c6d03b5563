import type { z } from 'zod'
import { windowAt, type ContactWindow } from '../../../../domain/contacts/window.ts'
import type { ConversationPage, ConversationRecord } from '../../../../services/contacts/list.ts'
import type { contactListAnswer, windowAnswer } from './schema.ts'

type ContactList = z.input<typeof contactListAnswer>

/** A page of conversations, with their windows as they stand at `now`. */
export function presentContacts(
  { conversations, next }: ConversationPage,
  { limit, now }: { limit: number; now: Date },
): ContactList {
  return {
    success: true,
    data: conversations.map((one) => presentContact(one, now)),
    pagination: { limit, nextCursor: next },
  }
}

function presentContact(
  { address, lastInboundAt, message }: ConversationRecord,
  now: Date,
): ContactList['data'][number] {
  const { sessionId: session, createdAt, ...rest } = message
  return {
    address,
    open: windowAt(lastInboundAt, now).open,
    lastInboundAt: lastInboundAt?.toISOString() ?? null,
    lastMessage: { ...rest, session, createdAt: createdAt.toISOString() },
  }
}

export function presentWindow(window: ContactWindow & { address: string }): z.input<typeof windowAnswer> {
  return {
    success: true,
    data: {
      address: window.address,
      open: window.open,
      lastInboundAt: window.lastInboundAt?.toISOString() ?? null,
      closesAt: window.closesAt?.toISOString() ?? null,
    },
  }
}
