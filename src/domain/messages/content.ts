import { z } from 'zod'
import { conversions } from '../media/treatment.ts'
import { contactCards } from './content/contact-card.ts'
import { id, text } from './content/fields.ts'
import { interactive } from './content/interactive.ts'
import { templateContent } from './template-content.ts'

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
  /** A video that plays again and again by itself, without sound. */
  gif: z.boolean().optional(),
  /** The work that a worker has with the file behind `url` before it is sent; taken away when that is done. */
  convert: z
    .strictObject({
      to: z.enum(conversions),
      /** The type of the file, by its bytes. */
      from: z.string(),
      /** Changes when the file does. */
      version: z.string().optional(),
    })
    .optional(),
})

export const reactionContent = z.strictObject({
  type: z.literal('reaction'),
  /** The provider's id (wamid) of the message reacted to. */
  messageId: id,
  /** One emoji; the empty string takes a reaction back. */
  emoji: z.string().max(32),
})

export const interactiveContent = z.strictObject({ type: z.literal('interactive'), interactive })

export const locationContent = z.strictObject({
  type: z.literal('location'),
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  name: text(1000).optional(),
  address: text(1000).optional(),
})

export const contactsContent = z.strictObject({
  type: z.literal('contacts'),
  contacts: contactCards,
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
