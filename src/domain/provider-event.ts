import { z } from 'zod'
import { inboundBeside, inboundContent } from './messages/inbound-content.ts'
import { providerWords } from './provider-words.ts'
import { echoEvent, noticeEvent, preferenceEvent, reportPlace } from './provider-notices.ts'

/**
 * Events that a provider reports after a send, or on its own, in our words. They come in any order, more than once,
 * and late; `raw` keeps what the provider said.
 */
const failure = z.object({
  /** Our reason, see send-errors.ts. */
  code: z.string(),
  /** A human sentence. */
  detail: z.string(),
  provider: z.unknown().optional(),
})

export const statusEvent = z.object({
  kind: z.literal('status'),
  /** The provider's id of the message (wamid). */
  externalId: z.string(),
  /** Our message id, when the provider sent it back. */
  correlationId: z.string().nullable(),
  /** The provider's id of the sender (Meta: phone_number_id). */
  senderId: z.string().nullable(),
  status: z.enum(['sent', 'delivered', 'read', 'failed']),
  /** The provider's own word, where it says more (`played`). */
  detail: z.string().nullable(),
  /** The provider's clock, ISO 8601. */
  at: z.string(),
  error: failure.nullable(),
  /** Whom it went to, as the provider knows them: the number of their account, and their BSUID. */
  recipient: z.object({ address: z.string().nullable(), userId: z.string().nullable() }).optional(),
  /** The words of the provider beside the status, in fields; absent in receipts that the sandbox schedules. */
  words: providerWords.nullish(),
  place: reportPlace.optional(),
  raw: z.unknown(),
})

export const inboundEvent = z.object({
  kind: z.literal('inbound'),
  externalId: z.string(),
  senderId: z.string().nullable(),
  /** MSISDN digits, or a BSUID or LID when the customer's number is not shared. */
  from: z.string(),
  /** The business-scoped user id, when the provider gives one beside the number. */
  fromUserId: z.string().nullable(),
  profileName: z.string().nullable(),
  at: z.string(),
  type: z.string(),
  /** The readable text of the message, when it has one. */
  body: z.string().nullable(),
  /** The content that the customer sent. */
  content: inboundContent,
  /** The parts that stand beside the content. */
  beside: inboundBeside.optional(),
  /** The provider's id of the message this one answers. */
  replyTo: z.string().nullable(),
  /** The file that came with it, by the provider's id. */
  media: z
    .object({ id: z.string(), mimeType: z.string().nullable(), filename: z.string().nullable() })
    .optional(),
  place: reportPlace.optional(),
  raw: z.unknown(),
})

export const templateEvent = z.object({
  kind: z.literal('template'),
  /** The provider’s word for the kind of report. */
  field: z.string(),
  accountId: z.string().nullable(),
  name: z.string(),
  language: z.string(),
  event: z.string(),
  reason: z.string().nullable(),
  category: z.string().nullable().default(null),
  /** Sentences for people: why, and what to change. */
  description: z.string().nullable().default(null),
  recommendation: z.string().nullable().default(null),
  /** The provider's clock, ISO 8601; null when it gave none. */
  at: z.string().nullable(),
  raw: z.unknown(),
})

/** A message that the owner of a linked phone wrote elsewhere. */
export const elsewhereEvent = z.object({
  kind: z.literal('elsewhere'),
  externalId: z.string(),
  /** MSISDN digits, or what stands for them. */
  to: z.string(),
  at: z.string(),
  type: z.string(),
  body: z.string().nullable(),
})

export const unknownEvent = z.object({
  kind: z.literal('unknown'),
  reason: z.string(),
  raw: z.unknown(),
})

export const providerEvent = z.discriminatedUnion('kind', [
  statusEvent,
  inboundEvent,
  templateEvent,
  echoEvent,
  preferenceEvent,
  noticeEvent,
  elsewhereEvent,
  unknownEvent,
])
export type ProviderEvent = z.infer<typeof providerEvent>
export type StatusEvent = z.infer<typeof statusEvent>
export type InboundEvent = z.infer<typeof inboundEvent>
export type ElsewhereEvent = z.infer<typeof elsewhereEvent>
export type TemplateEvent = z.infer<typeof templateEvent>
