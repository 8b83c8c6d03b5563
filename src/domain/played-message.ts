import { z } from 'zod'
import type { Address } from './messages/address.ts'
import { mediaKinds } from './messages/content.ts'

const text = (max: number) => z.string().min(1).max(max)

/** Contents that a customer of a playground can send, in the shapes in which a customer's message is read. */
export const playedContents = {
  message: text(4_096),
  media: z.strictObject({
    type: z.enum(mediaKinds),
    caption: text(1_024).optional(),
    filename: text(240).optional(),
    voice: z.boolean().optional(),
  }),
  location: z.strictObject({
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    name: text(1_000).optional(),
    address: text(1_000).optional(),
  }),
  contacts: z
    .array(z.looseObject({ name: z.looseObject({ formatted_name: text(256) }) }))
    .min(1)
    .max(20),
  reaction: z.strictObject({ messageId: text(256), emoji: z.string().max(32) }),
  reply: z.strictObject({
    type: z.enum(['button', 'list', 'flow']),
    id: text(256),
    title: text(1_024),
    description: text(1_024).optional(),
    response: text(16_384).optional(),
  }),
  /** A message in Meta's own words: its type, the part of that name, and what stands beside it. */
  raw: z.looseObject({ type: text(64) }),
} as const

/** One of the contents. */
export type PlayedContent =
  | { message: z.infer<typeof playedContents.message> }
  | { media: z.infer<typeof playedContents.media> }
  | { location: z.infer<typeof playedContents.location> }
  | { contacts: z.infer<typeof playedContents.contacts> }
  | { reaction: z.infer<typeof playedContents.reaction> }
  | { reply: z.infer<typeof playedContents.reply> }
  | { raw: z.infer<typeof playedContents.raw> }

/** A message that a customer of a playground is to have sent. */
export interface PlayedMessage {
  /** Its id at the provider follows from this one. */
  id: string
  from: Address
  profileName: string | null
  content: PlayedContent
  /** The provider's id of the message that it answers. */
  replyTo: string | null
  at: Date
}
