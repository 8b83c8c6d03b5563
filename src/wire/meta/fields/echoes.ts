import type { ProviderEvent } from '../../../domain/provider-event.ts'
import { readInbound } from '../inbound/read.ts'
import { isRecord } from '../../../kit/json/is-record.ts'

/** The fields that bring echoes, and where the messages came from. */
export const echoFields = new Map([
  ['smb_message_echoes', 'business_app'],
  ['message_echoes', 'other_app'],
] as const)
export type EchoOrigin = 'business_app' | 'other_app'

/**
 * Reads a message that the business sent by other means than us. It has the shape of a customer's message, with the
 * recipient in place of the sender, so it is read as one. Returns null when it has no id, time, type or recipient.
 * Source: Meta, "smb_message_echoes" webhook reference.
 */
export function readEcho(
  raw: unknown,
  { senderId, contacts, origin }: { senderId: string | null; contacts: unknown; origin: EchoOrigin },
): ProviderEvent | null {
  if (!isRecord(raw)) return null
  const { from: _ours, to, to_user_id: toUserId, ...message } = raw
  const messages = [{ ...message, from: to, from_user_id: toUserId }]
  const [reading] = readInbound({ contacts }, { messages, senderId })
  if (reading === undefined || !('event' in reading)) return null
  const { externalId, at, type, body, content, replyTo, media, from, fromUserId, beside } = reading.event
  return {
    kind: 'echo',
    origin,
    externalId,
    senderId,
    to: from,
    toUserId: fromUserId,
    groupId: beside?.group?.id ?? null,
    at,
    type,
    body,
    content,
    replyTo,
    ...(media !== undefined && { media }),
    raw,
  }
}
