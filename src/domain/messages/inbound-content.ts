import { z } from 'zod'
import { mediaKinds } from './content.ts'

/**
 * The content of a customer's message, independent of the provider that brought it: one field, named and shaped like the field
 * of a send that would say the same, or `reply` or `other` for what cannot be sent. Parts that the provider left
 * out are left out.
 */
export const inboundContent = z.union([
  z.object({ message: z.string() }),
  z.object({
    media: z.object({
      type: z.enum(mediaKinds),
      /** The provider's id of the file. */
      mediaId: z.string(),
      mimeType: z.string().optional(),
      caption: z.string().optional(),
      filename: z.string().optional(),
      voice: z.boolean().optional(),
    }),
  }),
  z.object({
    location: z.object({
      latitude: z.number(),
      longitude: z.number(),
      name: z.string().optional(),
      address: z.string().optional(),
    }),
  }),
  z.object({ contacts: z.array(z.record(z.string(), z.unknown())) }),
  z.object({
    /** `messageId`: the provider's id. No emoji: the customer took it back. */
    reaction: z.object({ messageId: z.string(), emoji: z.string() }),
  }),
  z.object({
    /** The button or row that was tapped, or the form that was filled in (`flow`). */
    reply: z.object({
      type: z.enum(['button', 'list', 'flow']),
      id: z.string(),
      title: z.string(),
      description: z.string().optional(),
      /** A flow's answers, as the provider wrote them. */
      response: z.string().optional(),
    }),
  }),
  /** The provider's own words for what is none of these, such as an order. */
  z.object({ other: z.record(z.string(), z.unknown()) }),
])
export type InboundContent = z.infer<typeof inboundContent>
