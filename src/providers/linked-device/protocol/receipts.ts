import type { StatusEvent } from '../../../domain/provider-event.ts'
import type { BinaryNode } from '@whiskeysockets/baileys'
import { userOf } from './jid.ts'

/** The receipts that say how far a message came, by their type on the wire. The others say nothing of that. */
const statuses = new Map<string, { status: 'delivered' | 'read'; detail: string | null }>([
  ['', { status: 'delivered', detail: null }],
  ['read', { status: 'read', detail: null }],
  ['played', { status: 'read', detail: 'played' }],
])

/**
 * The events that a receipt reports of messages that we sent. The stanza itself is read and not the library's events,
 * which merge receipts that come together and lose some.
 */
export function statusesIn(
  { attrs, content }: BinaryNode,
  {
    ownUsers,
    messageIdOf,
  }: { ownUsers: ReadonlySet<string>; messageIdOf(externalId: string): string | null },
): StatusEvent[] {
  const found = statuses.get(attrs['type'] ?? '')
  const from = attrs['participant'] ?? attrs['from'] ?? ''
  // Our own phone and its other devices confirm what they got, too.
  if (found === undefined || ownUsers.has(userOf(from))) return []
  const seconds = Number(attrs['t'])
  const at = Number.isFinite(seconds) && seconds > 0 ? new Date(seconds * 1_000) : new Date()
  return idsIn(attrs['id'], content).map((externalId) => ({
    kind: 'status',
    externalId,
    correlationId: messageIdOf(externalId),
    senderId: null,
    ...found,
    at: at.toISOString(),
    error: null,
    raw: { receipt: attrs['type'] ?? 'delivered', from: attrs['from'] ?? null },
  }))
}

function idsIn(first: string | undefined, content: BinaryNode['content']): string[] {
  const list = Array.isArray(content) ? content.filter(({ tag }) => tag === 'list') : []
  const others = list.flatMap(({ content: items }) =>
    Array.isArray(items) ? items.map(({ attrs }) => attrs['id']) : [],
  )
  return [...new Set([first, ...others].filter((id) => id !== undefined))]
}
