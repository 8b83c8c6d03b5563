import { z } from 'zod'
import type { ProviderEvent } from '../../domain/provider-event.ts'
import { attachment, message, type Contact } from './callback-schema.ts'
import { readContent } from './inbound-content.ts'

/**
 * Reads one of the `messages` of a callback. A type that Meta invents later is an inbound message all the
 * same, without a body. Returns null when it has no id, time, type or sender.
 */
export function readInbound(
  raw: unknown,
  senderId: string | null,
  contacts: readonly Contact[],
): ProviderEvent | null {
  const parsed = message.safeParse(raw)
  if (!parsed.success) return null
  const { id, timestamp, type, from, from_user_id, context } = parsed.data
  const contact = contactOf(contacts, from, from_user_id)
  const fromUserId = from_user_id ?? contact?.user_id
  const sender = from ?? contact?.wa_id ?? fromUserId
  if (!sender) return null
  const part = payload.safeParse(raw).data?.[type]
  return {
    kind: 'inbound',
    externalId: id,
    senderId,
    from: sender,
    fromUserId: fromUserId ?? null,
    profileName: contact?.profile?.name ?? contact?.profile?.username ?? null,
    at: timestamp,
    type,
    body: bodies.get(type)?.safeParse(part).data ?? null,
    content: readContent(type, part),
    // A reaction has no context: the message it is about stands inside it.
    replyTo: context?.id ?? reaction.safeParse(part).data?.message_id ?? null,
    ...(fileTypes.has(type) && mediaOf(part)),
    raw,
  }
}

/** The types of messages that bring a file. */
const fileTypes = new Set(['image', 'video', 'audio', 'voice', 'document', 'sticker'])

function mediaOf(part: unknown) {
  const parsed = attachment.safeParse(part)
  if (!parsed.success) return {}
  const { id, mime_type, filename } = parsed.data
  return { media: { id, mimeType: mime_type ?? null, filename: filename ?? null } }
}

/** The card of the sender. A callback with several messages has one card for each of their senders. */
function contactOf(contacts: readonly Contact[], from: string | undefined, userId: string | undefined) {
  const known = contacts.find(
    (card) =>
      (from !== undefined && card.wa_id === from) || (userId !== undefined && card.user_id === userId),
  )
  if (known) return known
  return contacts.length === 1 && from === undefined && userId === undefined ? contacts[0] : undefined
}

const payload = z.record(z.string(), z.unknown())
const reaction = z.object({ message_id: z.string() })
const text = z.string().optional()

/** Reads the text under one key; an absent or empty one is no text. */
const under = (key: string) =>
  z.record(z.string(), z.unknown()).transform((part) => text.safeParse(part[key]).data || null)

/** The readable text of each type; a type that is not here has none. */
const bodies: ReadonlyMap<string, z.ZodType<string | null>> = new Map<string, z.ZodType<string | null>>([
  ['text', under('body')],
  ['image', under('caption')],
  ['video', under('caption')],
  ['document', under('caption')],
  ['button', under('text')],
  ['reaction', under('emoji')],
  ['order', under('text')],
  ['system', under('body')],
  [
    'location',
    z.object({ name: text, address: text }).transform(({ name, address }) => name ?? address ?? null),
  ],
  [
    'interactive',
    z
      .object({
        button_reply: z.object({ title: z.string() }).optional(),
        list_reply: z.object({ title: z.string() }).optional(),
        nfm_reply: z.object({ body: z.string() }).optional(),
      })
      .transform(
        (reply) => reply.button_reply?.title ?? reply.list_reply?.title ?? reply.nfm_reply?.body ?? null,
      ),
  ],
  [
    'contacts',
    z
      .array(z.object({ name: z.object({ formatted_name: z.string() }) }))
      .transform((cards) => cards.map((card) => card.name.formatted_name).join(', ') || null),
  ],
])
