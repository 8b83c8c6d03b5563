import { z } from 'zod'
import type { InboundEvent } from '../../../domain/provider-event.ts'
import { cutText, fitJson } from '../../../kit/json/fit-json.ts'
import { attachment, contact, message, type Contact } from '../callback-schema.ts'
import { readBeside } from './beside.ts'
import { readBody } from './body.ts'
import { readContent, readEdited } from './content.ts'

/** A message that was read, or one that has no id, time or sender. */
export type InboundReading = { event: InboundEvent } | { unreadable: unknown }

/** Deeper than this, a value is no message of anybody's, and not every program can write it down. */
const depthMax = 64

/**
 * Reads the customers' messages of a `messages` change. A type that Meta invents later is an inbound message all the
 * same, without a body. Each comes with what Meta said of it: the value of the change, with this message alone.
 */
export function readInbound(
  value: Record<string, unknown>,
  { messages, senderId }: { messages: readonly unknown[]; senderId: string | null },
): InboundReading[] {
  const cards = (Array.isArray(value['contacts']) ? value['contacts'] : []).map(readCard)
  const shared = Object.fromEntries(Object.entries(value).filter(([key]) => !ofItems.has(key)))
  const readings = messages.map((raw) => ({ raw, person: personOf(raw, cards) }))
  const owned = new Set(readings.map(({ person }) => person?.card))
  return readings.map(({ raw, person }) => {
    const event = person && eventOf(person, senderId)
    if (!event) return { unreadable: raw }
    // A card that belongs to no message may say something of any of them.
    const contacts = cards.filter((card) => card === person.card || !owned.has(card)).map((card) => card.raw)
    const whole = { ...shared, ...(contacts.length > 0 && { contacts }), messages: [raw] }
    return { event: { ...event, raw: shallow(whole) } }
  })
}

/** The keys of a change's value that hold items: those of others are none of a message's business. */
const ofItems = new Set(['messages', 'statuses', 'contacts', 'errors'])

interface Card {
  raw: unknown
  data: Contact | undefined
}

function readCard(raw: unknown): Card {
  return { raw, data: contact.safeParse(raw).data }
}

/** A message, and who wrote it. */
interface Person {
  said: z.infer<typeof message>
  parts: Record<string, unknown>
  card: Card | undefined
}

function personOf(raw: unknown, cards: readonly Card[]): Person | null {
  const parts = shallow(raw)
  const said = message.safeParse(parts).data
  if (said === undefined) return null
  return { said, parts: record.safeParse(parts).data ?? {}, card: cardOf(cards, said) }
}

/** The card of the sender. A callback with several messages has one card for each of their senders. */
function cardOf(
  cards: readonly Card[],
  { from, from_user_id: userId }: z.infer<typeof message>,
): Card | undefined {
  const known = cards.find(
    ({ data }) =>
      (from !== undefined && data?.wa_id === from) || (userId !== undefined && data?.user_id === userId),
  )
  if (known) return known
  return cards.length === 1 && from === undefined && userId === undefined ? cards[0] : undefined
}

function eventOf({ said, parts, card }: Person, senderId: string | null): Omit<InboundEvent, 'raw'> | null {
  const { id, timestamp, from, from_user_id, context } = said
  const type = said.type ?? typesOfParts.find((name) => name in parts) ?? 'unknown'
  const part = parts[type]
  const fromUserId = from_user_id ?? card?.data?.user_id
  const sender = from ?? card?.data?.wa_id ?? fromUserId ?? subjectOf(part)
  const beside = readBeside(parts, card?.data)
  if (!sender || beside === null) return null
  const edited = type === 'edit' ? readEdited(part) : null
  const file = edited ?? { type, part }
  return {
    kind: 'inbound',
    externalId: id,
    senderId,
    from: sender,
    fromUserId: fromUserId ?? null,
    profileName: card?.data?.profile?.name ?? card?.data?.profile?.username ?? null,
    at: timestamp,
    type: cutText(type, 128),
    body: readBody(file.type, file.part),
    content: readContent(type, part),
    beside,
    // A reaction has no context: the message it is about stands inside it.
    replyTo: context?.id ?? reaction.safeParse(part).data?.message_id ?? null,
    ...(fileTypes.has(file.type) && mediaOf(file.part)),
  }
}

/** Types by whose parts a message can be known that does not name its own: Meta leaves it out in an example. */
const typesOfParts = ['interactive', 'text', 'button', 'system']

const record = z.record(z.string(), z.unknown())
const reaction = z.object({ message_id: z.string() })

/** News of WhatsApp itself may name their subject inside only. */
function subjectOf(part: unknown): string | undefined {
  const { customer, previous_user_id, user_id, wa_id } = subject.safeParse(part).data ?? {}
  return customer ?? previous_user_id ?? user_id ?? wa_id
}

const address = z.string().min(1).max(256).optional().catch(undefined)
const subject = z.object({
  customer: address,
  previous_user_id: address,
  user_id: address,
  wa_id: address,
})

/** The types of messages that bring a file. */
const fileTypes = new Set(['image', 'video', 'audio', 'voice', 'document', 'sticker'])

function mediaOf(part: unknown) {
  const parsed = attachment.safeParse(part)
  if (!parsed.success) return {}
  const { id, mime_type, filename } = parsed.data
  return { media: { id, mimeType: mime_type ?? null, filename: filename ?? null } }
}

function shallow(value: unknown): unknown {
  return fitJson(value, { bytesMax: Infinity, depthMax }).value
}
