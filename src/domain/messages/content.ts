import { z } from 'zod'
import { id, mediaParameter, templateContent, text } from './template-content.ts'

/**
 * The content of a message, independent of the provider that sends it. The shapes of templates, interactive
 * messages and contacts follow Meta's Cloud API, which the field uses in common.
 */

/** A file to send: uploaded before (`mediaId`) or fetched by the provider from a public `url`. */
export const mediaKinds = ['image', 'video', 'audio', 'document', 'sticker'] as const
export type MediaKind = (typeof mediaKinds)[number]

export const textContent = z.strictObject({
  type: z.literal('text'),
  body: text(4096),
  previewUrl: z.boolean().optional(),
})

export const mediaContent = z.strictObject({
  type: z.literal('media'),
  kind: z.enum(mediaKinds),
  mediaId: id.optional(),
  url: z.url().max(2048).optional(),
  caption: text(1024).optional(),
  filename: text(240).optional(),
  /** An audio that plays as a voice note (OGG/Opus). */
  voice: z.boolean().optional(),
})

export const reactionContent = z.strictObject({
  type: z.literal('reaction'),
  /** The provider's id (wamid) of the message reacted to. */
  messageId: id,
  /** One emoji; the empty string takes a reaction back. */
  emoji: z.string().max(32),
})

const interactiveHeader = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: text(60) }),
  z.strictObject({ type: z.literal('image'), image: mediaParameter }),
  z.strictObject({ type: z.literal('video'), video: mediaParameter }),
  z.strictObject({ type: z.literal('document'), document: mediaParameter }),
])
const interactiveFrame = {
  header: interactiveHeader.optional(),
  body: z.strictObject({ text: text(4096) }),
  footer: z.strictObject({ text: text(60) }).optional(),
}

export const interactive = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('button'),
    ...interactiveFrame,
    action: z.strictObject({
      buttons: z
        .array(
          z.strictObject({
            type: z.literal('reply'),
            reply: z.strictObject({ id, title: text(20) }),
          }),
        )
        .min(1)
        .max(3),
    }),
  }),
  z.strictObject({
    type: z.literal('list'),
    ...interactiveFrame,
    action: z.strictObject({
      button: text(20),
      sections: z
        .array(
          z.strictObject({
            title: text(24).optional(),
            rows: z
              .array(z.strictObject({ id: text(200), title: text(24), description: text(72).optional() }))
              .min(1)
              .max(10),
          }),
        )
        .min(1)
        .max(10)
        .refine(
          (sections) => sections.reduce((rows, section) => rows + section.rows.length, 0) <= 10,
          'a list has at most 10 rows over all its sections',
        ),
    }),
  }),
])

export const interactiveContent = z.strictObject({ type: z.literal('interactive'), interactive })

export const locationContent = z.strictObject({
  type: z.literal('location'),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  name: text(1000).optional(),
  address: text(1000).optional(),
})

/** A contact card, as Meta's Cloud API takes it. */
export const contactCard = z.strictObject({
  name: z.strictObject({
    formatted_name: text(256),
    first_name: text(256).optional(),
    last_name: text(256).optional(),
    middle_name: text(256).optional(),
    suffix: text(64).optional(),
    prefix: text(64).optional(),
  }),
  birthday: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'a birthday looks like 1990-12-31')
    .optional(),
  phones: z
    .array(
      z.strictObject({
        phone: text(32).optional(),
        type: text(32).optional(),
        wa_id: text(32).optional(),
      }),
    )
    .max(20)
    .optional(),
  emails: z
    .array(z.strictObject({ email: text(256).optional(), type: text(32).optional() }))
    .max(20)
    .optional(),
  urls: z
    .array(z.strictObject({ url: text(2048).optional(), type: text(32).optional() }))
    .max(20)
    .optional(),
  addresses: z
    .array(
      z.strictObject({
        street: text(256).optional(),
        city: text(256).optional(),
        state: text(256).optional(),
        zip: text(32).optional(),
        country: text(256).optional(),
        country_code: text(8).optional(),
        type: text(32).optional(),
      }),
    )
    .max(20)
    .optional(),
  org: z
    .strictObject({
      company: text(256).optional(),
      department: text(256).optional(),
      title: text(256).optional(),
    })
    .optional(),
})

export const contactsContent = z.strictObject({
  type: z.literal('contacts'),
  contacts: z.array(contactCard).min(1).max(257),
})

/** Everything that can be sent. */
export const messageContent = z.discriminatedUnion('type', [
  textContent,
  templateContent,
  mediaContent,
  reactionContent,
  interactiveContent,
  locationContent,
  contactsContent,
])
export type MessageContent = z.infer<typeof messageContent>
export type TemplateContent = z.infer<typeof templateContent>
export type MediaContent = z.infer<typeof mediaContent>

/** The text a person would read in a list of messages: the body, the caption, or what stands in for one. */
export function readableBody(content: MessageContent): string | null {
  switch (content.type) {
    case 'text':
      return content.body
    case 'template':
      return null
    case 'media':
      return content.caption ?? null
    case 'reaction':
      return content.emoji
    case 'interactive':
      return content.interactive.body.text
    case 'location':
      return content.name ?? content.address ?? null
    case 'contacts':
      return content.contacts.map((card) => card.name.formatted_name).join(', ')
  }
}
