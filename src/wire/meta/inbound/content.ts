import { z } from 'zod'
import type { MediaKind } from '../../../domain/messages/content.ts'
import type { InboundContent, PlainInboundContent } from '../../../domain/messages/inbound-content.ts'
import { given } from './parts.ts'
import { interactiveContent, buttonContent } from './reply.ts'

/**
 * Reads the content of a customer's message from the part that is named like its type. A type without an entry here,
 * or a part in a shape that Meta does not document, is kept in Meta's own words.
 */
export function readContent(type: string, part: unknown): InboundContent {
  return aboutMessages.get(type)?.safeParse(part).data ?? readPlainContent(type, part)
}

function readPlainContent(type: string, part: unknown): PlainInboundContent {
  const content = readers.get(type)?.safeParse(part).data
  return content ?? { other: record.safeParse(part).data ?? {} }
}

/** A message inside of an edit, as far as an edit has one. */
export function readEdited(part: unknown): { type: string; part: unknown } | null {
  const edited = edit.safeParse(part).data
  return edited === undefined
    ? null
    : { type: edited.message.type, part: edited.message[edited.message.type] }
}

const record = z.record(z.string(), z.unknown())
const text = z.string().optional().catch(undefined)
const flag = z.boolean().optional().catch(undefined)
const messageId = z.string().min(1)

const mediaOf = (type: MediaKind) =>
  z
    .object({
      id: z.string(),
      mime_type: text,
      caption: text,
      filename: text,
      voice: flag,
      animated: flag,
      sha256: text,
    })
    .transform(({ id, mime_type: mimeType, ...rest }) => ({
      media: { type, mediaId: id, ...given({ mimeType, ...rest }) },
    }))

const system = z
  .object({
    type: z.string().catch('unknown'),
    body: text,
    wa_id: text,
    new_wa_id: text,
    user_id: text,
    previous_user_id: text,
  })
  .transform(({ type, body, wa_id, new_wa_id, user_id, previous_user_id }) => ({
    system: {
      type,
      ...given({
        body,
        newNumber: wa_id ?? new_wa_id,
        newUserId: user_id,
        previousUserId: previous_user_id,
      }),
    },
  }))

const readers: ReadonlyMap<string, z.ZodType<PlainInboundContent>> = new Map<
  string,
  z.ZodType<PlainInboundContent>
>([
  ['text', z.object({ body: z.string() }).transform(({ body }) => ({ message: body }))],
  ['image', mediaOf('image')],
  ['video', mediaOf('video')],
  ['audio', mediaOf('audio')],
  ['voice', mediaOf('audio')],
  ['document', mediaOf('document')],
  ['sticker', mediaOf('sticker')],
  [
    'location',
    z
      .object({ latitude: z.number(), longitude: z.number(), name: text, address: text, url: text })
      .transform(({ latitude, longitude, ...rest }) => ({
        location: { latitude, longitude, ...given(rest) },
      })),
  ],
  ['contacts', z.array(record).transform((contacts) => ({ contacts }))],
  [
    'reaction',
    // Without an emoji the customer takes the reaction back.
    z
      .object({ message_id: z.string(), emoji: z.string().default('') })
      .transform(({ message_id, emoji }) => ({ reaction: { messageId: message_id, emoji } })),
  ],
  ['button', buttonContent],
  ['interactive', interactiveContent],
  ['order', record.transform((order) => ({ order }))],
  ['system', system],
  // The part is absent in callbacks from before November 2025.
  ['unsupported', record.default({}).transform((unsupported) => ({ unsupported }))],
])

const edit = z.object({
  original_message_id: messageId,
  message: z.looseObject({ type: z.string().min(1) }),
})

/** Parts that are about another message of the customer. */
const aboutMessages: ReadonlyMap<string, z.ZodType<InboundContent>> = new Map<
  string,
  z.ZodType<InboundContent>
>([
  [
    'edit',
    edit.transform(({ original_message_id, message: { type, ...parts } }) => ({
      edit: { messageId: original_message_id, type, content: readPlainContent(type, parts[type]) },
    })),
  ],
  [
    'revoke',
    z
      .object({ original_message_id: messageId })
      .transform(({ original_message_id }) => ({ revoke: { messageId: original_message_id } })),
  ],
])
