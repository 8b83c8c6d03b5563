import { z } from 'zod'
import type { MediaKind } from '../../domain/messages/content.ts'
import type { InboundContent } from '../../domain/messages/inbound-content.ts'

/**
 * Reads the content of a customer's message from the part that is named like its type. A type without an entry here,
 * or a part in a shape that Meta does not document, is kept in Meta's own words.
 */
export function readContent(type: string, part: unknown): InboundContent {
  const content = readers.get(type)?.safeParse(part).data
  return content ?? { other: record.safeParse(part).data ?? {} }
}

const record = z.record(z.string(), z.unknown())
const text = z.string().optional().catch(undefined)

const mediaOf = (type: MediaKind) =>
  z
    .object({
      id: z.string(),
      mime_type: text,
      caption: text,
      filename: text,
      voice: z.boolean().optional().catch(undefined),
    })
    .transform(({ id, mime_type: mimeType, caption, filename, voice }) => ({
      media: { type, mediaId: id, ...given({ mimeType, caption, filename, voice }) },
    }))

const readers: ReadonlyMap<string, z.ZodType<InboundContent>> = new Map<string, z.ZodType<InboundContent>>([
  ['text', z.object({ body: z.string() }).transform(({ body }) => ({ message: body }))],
  ['image', mediaOf('image')],
  ['video', mediaOf('video')],
  ['audio', mediaOf('audio')],
  ['document', mediaOf('document')],
  ['sticker', mediaOf('sticker')],
  [
    'location',
    z
      .object({ latitude: z.number(), longitude: z.number(), name: text, address: text })
      .transform(({ latitude, longitude, name, address }) => ({
        location: { latitude, longitude, ...given({ name, address }) },
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
  [
    // The quick-reply button of a template.
    'button',
    z
      .object({ payload: z.string(), text: z.string() })
      .transform(({ payload, text: title }) => ({ reply: { type: 'button' as const, id: payload, title } })),
  ],
  [
    'interactive',
    z.union([
      z
        .object({ button_reply: z.object({ id: z.string(), title: z.string() }) })
        .transform(({ button_reply: { id, title } }) => ({ reply: { type: 'button' as const, id, title } })),
      z
        .object({ list_reply: z.object({ id: z.string(), title: z.string(), description: text }) })
        .transform(({ list_reply: { id, title, description } }) => ({
          reply: { type: 'list' as const, id, title, ...given({ description }) },
        })),
      z
        .object({ nfm_reply: z.object({ name: z.string(), body: z.string(), response_json: text }) })
        .transform(({ nfm_reply: { name, body, response_json: response } }) => ({
          reply: { type: 'flow' as const, id: name, title: body, ...given({ response }) },
        })),
    ]),
  ],
])

type Given<Fields> = { [Field in keyof Fields]?: Exclude<Fields[Field], undefined> }

/** The fields that are there. */
function given<Fields extends Record<string, unknown>>(fields: Fields): Given<Fields> {
  const present: Given<Fields> = {}
  for (const name in fields) {
    const value = fields[name]
    if (isGiven(value)) present[name] = value
  }
  return present
}

function isGiven<Value>(value: Value): value is Exclude<Value, undefined> {
  return value !== undefined
}
