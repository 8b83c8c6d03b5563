import { z } from 'zod'
import { inboundContent } from './messages/inbound-content.ts'
import { sessionHealth } from './sessions/health.ts'

// Events that a provider reports on its own, beside receipts, messages and the status of templates.

/** The sender and the business that a report stands under. */
export const reportPlace = z.object({
  /** The provider's id of the business (Meta: WABA id). */
  businessId: z.string().nullable(),
  /** The sender's number as the provider writes it. */
  phoneNumber: z.string().nullable(),
})

/** A message that the business sent by other means than us: its phone app, or another program. */
export const echoEvent = z.object({
  kind: z.literal('echo'),
  origin: z.enum(['business_app', 'other_app']),
  externalId: z.string(),
  senderId: z.string().nullable(),
  /** The recipient: MSISDN digits, or a BSUID when the number is not shared. */
  to: z.string(),
  toUserId: z.string().nullable(),
  /** The group that it was written to; absent in events of before groups were read. */
  groupId: z.string().nullish(),
  at: z.string(),
  type: z.string(),
  body: z.string().nullable(),
  content: inboundContent,
  replyTo: z.string().nullable(),
  media: z
    .object({ id: z.string(), mimeType: z.string().nullable(), filename: z.string().nullable() })
    .optional(),
  raw: z.unknown(),
})

/** A customer's wish about messages, such as no more marketing. */
export const preferenceEvent = z.object({
  kind: z.literal('preference'),
  senderId: z.string().nullable(),
  /** MSISDN digits; null when the number is not shared. */
  address: z.string().nullable(),
  userId: z.string().nullable(),
  /** The provider's word, such as marketing_messages. */
  category: z.string(),
  /** `stop`, `resume`, or another word of the provider's. */
  value: z.string(),
  detail: z.string().nullable(),
  at: z.string(),
  raw: z.unknown(),
})

/** Anything else that a provider reports, about a sender or a business. */
export const noticeEvent = z.object({
  kind: z.literal('notice'),
  /** The provider's word for the kind of report. */
  field: z.string(),
  /** Its word for what happened, where there is one. */
  event: z.string().nullable(),
  /** The sender, where the report names one; else it is about the business. */
  senderId: z.string().nullable(),
  businessId: z.string().nullable(),
  /** The sender's number, digits, where the report names it by that. */
  phoneNumber: z.string().nullable(),
  /** The change of the sender's health, if it is one. */
  health: sessionHealth.nullable(),
  /** The template that changed, and in what. */
  template: z
    .object({
      name: z.string(),
      language: z.string(),
      aspect: z.enum(['quality', 'category', 'components']),
    })
    .nullable(),
  value: z.unknown(),
  /** The provider's clock, ISO 8601; null when it gave none. */
  at: z.string().nullable(),
})

export type EchoEvent = z.infer<typeof echoEvent>
export type PreferenceEvent = z.infer<typeof preferenceEvent>
export type NoticeEvent = z.infer<typeof noticeEvent>
