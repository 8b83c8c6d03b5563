import { z } from 'zod'
import { mediaKinds } from './content.ts'

const kept = z.record(z.string(), z.unknown())
const messageId = z.string().meta({ description: 'The provider’s id of the message that it is about.' })

/** A file, its caption included. */
const media = z.object({
  type: z.enum(mediaKinds),
  mediaId: z.string().meta({ description: 'The provider’s id of the file.' }),
  mimeType: z.string().optional(),
  caption: z.string().optional(),
  filename: z.string().optional(),
  voice: z.boolean().optional().meta({ description: 'A voice note.' }),
  animated: z.boolean().optional().meta({ description: 'Of a sticker.' }),
  sha256: z.string().optional(),
})

const location = z.object({
  latitude: z.number(),
  longitude: z.number(),
  name: z.string().optional(),
  address: z.string().optional(),
  url: z.string().optional(),
})

/** The kinds of answer to something that was sent. `flow` is any form without a kind of its own. */
export const replyTypes = ['button', 'list', 'flow', 'address'] as const

const reply = z.object({
  type: z.enum(replyTypes),
  id: z.string().meta({
    description:
      'Of the button (its payload, if it is a template’s) or row, as you sent it; the name of the form.',
  }),
  title: z.string().meta({ description: 'The text that the customer saw.' }),
  description: z.string().optional().meta({ description: 'Of a row.' }),
  response: z.string().optional().meta({ description: 'The answers of a form, as the provider wrote them.' }),
  responseData: z.unknown().optional().meta({ description: 'The same, parsed, where they are JSON.' }),
})

/** A report of WhatsApp itself about a customer. */
const system = z.object({
  type: z.string().meta({ description: 'WhatsApp’s word, such as user_changed_number.' }),
  body: z.string().optional(),
  newNumber: z.string().optional().meta({ description: 'The number that the customer has now, digits.' }),
  newUserId: z.string().optional().meta({ description: 'The business-scoped user id that they have now.' }),
  previousUserId: z.string().optional(),
})

const callPermission = z.object({
  response: z.string().meta({ description: 'accept or reject.' }),
  permanent: z.boolean().optional(),
  expiresAt: z.iso.datetime().optional(),
  source: z.string().optional().meta({ description: 'user_action or automatic.' }),
})

/** The contents that stand by themselves; an edit carries one of them. */
const plain = {
  message: z.string(),
  media,
  location,
  contacts: z.array(kept).meta({ description: 'Cards, in the provider’s shape.' }),
  reaction: z.object({
    messageId,
    emoji: z.string().meta({ description: 'Empty: the reaction was taken back.' }),
  }),
  reply: reply.meta({ description: 'A button or row that was tapped, or a form that was filled in.' }),
  order: kept.meta({ description: 'catalog_id, product_items and text, in the provider’s shape.' }),
  product: kept.meta({ description: 'A product that was chosen, in the provider’s shape.' }),
  callPermission: callPermission.meta({ description: 'The answer to a request to call.' }),
  system: system.meta({ description: 'WhatsApp itself reports something about the customer.' }),
  unsupported: kept.meta({ description: 'A message that the provider could not hand on; see `errors`.' }),
  other: kept.meta({ description: 'Anything else, in the provider’s own words.' }),
}

const plainContents = [
  z.object({ message: plain.message }),
  z.object({ media: plain.media }),
  z.object({ location: plain.location }),
  z.object({ contacts: plain.contacts }),
  z.object({ reaction: plain.reaction }),
  z.object({ reply: plain.reply }),
  z.object({ order: plain.order }),
  z.object({ product: plain.product }),
  z.object({ callPermission: plain.callPermission }),
  z.object({ system: plain.system }),
  z.object({ unsupported: plain.unsupported }),
  z.object({ other: plain.other }),
] as const

/** The content of a message that stands by itself. */
export const plainInboundContent = z.union(plainContents)
export type PlainInboundContent = z.infer<typeof plainInboundContent>

const revoke = z.object({ messageId })

/**
 * The content of a customer's message, independent of the provider that brought it: one field, named and shaped like
 * the field of a send that would say the same, or a name of its own for what cannot be sent. Parts that the provider
 * left out are left out.
 */
export const inboundContent = z.union([
  ...plainContents,
  z.object({ edit: z.object({ messageId, type: z.string(), content: plainInboundContent }) }),
  z.object({ revoke }),
])
export type InboundContent = z.infer<typeof inboundContent>

/** All fields that the content of an inbound message may have, of which each has one. */
export const inboundContentFields = {
  ...plain,
  edit: z
    .object({
      messageId,
      type: z.string(),
      content: kept.meta({ description: 'The new content: one of the other fields.' }),
    })
    .meta({ description: 'The customer changed a message.' }),
  revoke: revoke.meta({ description: 'The customer took a message back.' }),
}

/** The parts that may stand beside the content of a customer's message; those that it lacks are absent. */
export const inboundBeside = z.object({
  /** The name by which the customer can be found, where they have one. */
  username: z.string().optional(),
  /** The group that it was written in. */
  group: z.object({ id: z.string() }).optional(),
  /** The ad or post that led the customer here, in the provider's words. */
  referral: kept.optional(),
  /** The product that the customer asks about, in the provider's words. */
  product: kept.optional(),
  forwarded: z.boolean().optional(),
  frequentlyForwarded: z.boolean().optional(),
  /** Why the provider could not hand all of it on, in its own words. */
  errors: z.array(kept).optional(),
})
export type InboundBeside = z.infer<typeof inboundBeside>
