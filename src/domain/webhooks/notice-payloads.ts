import { z } from 'zod'
import { sessionHealth } from '../sessions/health.ts'

// The payloads of what providers report on their own: echoes, preferences of customers, changes of senders and templates.

const instant = z.iso.datetime()
const exampleAt = '2026-03-28T10:00:04.000Z'
const exampleSession = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58'

/** The provider's own words, bounded. */
const reported = {
  value: z.unknown().meta({
    description: 'The provider’s own words; the beginning of them, as a text, where they are long.',
  }),
  valueTruncated: z.boolean(),
  at: instant.meta({ description: 'When it happened, by the provider’s clock where it told.' }),
}

/** The payload of `message.echoed`. */
export const echoedData = z
  .object({
    messageId: z.uuid(),
    externalId: z.string().meta({ description: 'The provider’s id (wamid).' }),
    origin: z.enum(['business_app', 'other_app']).meta({
      description: 'The WhatsApp Business app on a phone, or another program of the same number.',
    }),
    to: z.string().meta({ description: 'The recipient: digits, or a business-scoped user id.' }),
    toUserId: z.string().nullable(),
    from: z.string().nullable().meta({ description: 'Your number, digits.' }),
    session: z.uuid(),
    type: z.string().meta({ description: 'WhatsApp’s word: text, image, edit, revoke, ...' }),
    body: z
      .string()
      .nullable()
      .meta({ description: 'What a person would read of it, at most 1,000 characters.' }),
    bodyTruncated: z.boolean(),
    content: z.unknown().meta({
      description: 'As in GET /messages/{id}; null where it is long, and then that has it.',
    }),
    contentTruncated: z.boolean(),
    replyTo: z.string().nullable().meta({ description: 'The provider’s id of the message it answers.' }),
    raw: z.unknown().meta({
      description:
        'The message in the provider’s own words; the beginning of it, as a text, where it is long.',
    }),
    rawTruncated: z.boolean(),
    sentAt: instant,
  })
  .meta({
    examples: [
      {
        messageId: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a63',
        externalId: 'wamid.HBgLMTQxNTU1NTI2NzEVAgARGEE',
        origin: 'business_app',
        to: '14155552671',
        toUserId: null,
        from: '15550783881',
        session: exampleSession,
        type: 'text',
        body: 'I answer from my phone.',
        bodyTruncated: false,
        content: { message: 'I answer from my phone.' },
        contentTruncated: false,
        replyTo: null,
        raw: { type: 'text', text: { body: 'I answer from my phone.' } },
        rawTruncated: false,
        sentAt: exampleAt,
      },
    ],
  })

/** The payload of `contact.preferences_updated`. */
export const preferencesData = z
  .object({
    session: z.uuid().meta({ description: 'The sender that the customer told it to.' }),
    contact: z
      .string()
      .nullable()
      .meta({ description: 'The customer’s number, digits; null when it is not shared.' }),
    contactUserId: z.string().nullable().meta({ description: 'The business-scoped user id, when known.' }),
    category: z.string().meta({ description: 'The provider’s word, such as marketing_messages.' }),
    value: z.string().meta({ description: '`stop`, `resume`, or another word of the provider’s.' }),
    detail: z.string().nullable(),
    raw: reported.value,
    rawTruncated: z.boolean(),
    at: reported.at,
  })
  .meta({
    examples: [
      {
        session: exampleSession,
        contact: '14155552671',
        contactUserId: null,
        category: 'marketing_messages',
        value: 'stop',
        detail: 'User requested to stop marketing messages',
        raw: { wa_id: '14155552671', category: 'marketing_messages', value: 'stop' },
        rawTruncated: false,
        at: exampleAt,
      },
    ],
  })

/** The payload of `session.health_updated`. */
export const healthData = z
  .object({
    session: z.uuid(),
    name: z.string(),
    provider: z.string(),
    field: z.string().meta({ description: 'The provider’s word for the kind of report.' }),
    event: z.string().nullable().meta({ description: 'Its word for what happened.' }),
    health: sessionHealth.meta({
      description: 'What changed, by aspect; GET /sessions/{id} has all that is known.',
    }),
    ...reported,
  })
  .meta({
    examples: [
      {
        session: exampleSession,
        name: 'whatsapp',
        provider: 'whatsapp-cloud',
        field: 'phone_number_quality_update',
        event: 'DOWNGRADE',
        health: {
          quality: { event: 'DOWNGRADE', at: exampleAt },
          messagingLimit: { limit: 'TIER_2K', previous: 'TIER_10K', at: exampleAt },
        },
        value: { display_phone_number: '15550783881', event: 'DOWNGRADE', current_limit: 'TIER_2K' },
        valueTruncated: false,
        at: exampleAt,
      },
    ],
  })

/** The payload of `template.updated`. */
export const templateChangeData = z
  .object({
    businessAccountId: z.string(),
    name: z.string(),
    language: z.string(),
    aspect: z.enum(['quality', 'category', 'components']),
    field: z.string(),
    ...reported,
  })
  .meta({
    examples: [
      {
        businessAccountId: '102290129340398',
        name: 'order_shipped',
        language: 'en_US',
        aspect: 'category',
        field: 'template_category_update',
        value: { previous_category: 'UTILITY', new_category: 'MARKETING' },
        valueTruncated: false,
        at: exampleAt,
      },
    ],
  })

/** The payload of `provider.notification`. */
export const notificationData = z
  .object({
    session: z
      .uuid()
      .nullable()
      .meta({ description: 'The sender it is about; null when it is about several, or a whole business.' }),
    provider: z.string(),
    businessAccountId: z.string().nullable(),
    field: z.string().meta({ description: 'The provider’s word for the kind of report.' }),
    event: z.string().nullable().meta({ description: 'Its word for what happened, where there is one.' }),
    ...reported,
  })
  .meta({
    examples: [
      {
        session: exampleSession,
        provider: 'whatsapp-cloud',
        businessAccountId: '102290129340398',
        field: 'security',
        event: 'PIN_CHANGED',
        value: { display_phone_number: '15550783881', event: 'PIN_CHANGED' },
        valueTruncated: false,
        at: exampleAt,
      },
    ],
  })
