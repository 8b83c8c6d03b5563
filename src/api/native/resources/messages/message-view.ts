import { z } from 'zod'
import { statuses } from '../../../../domain/messages/status.ts'
import { instant } from '../../plugins/envelope.ts'

// A message as GET /messages and GET /messages/:id show it.

export const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'

const mediaView = z.object({
  type: z.string().meta({ description: 'image, video, audio, document or sticker.' }),
  mediaId: z.string().optional(),
  url: z.string().optional(),
  mimeType: z.string().optional().meta({ description: 'Inbound only.' }),
  caption: z.string().optional(),
  filename: z.string().optional(),
  voice: z.boolean().optional(),
})

const replyView = z.object({
  type: z.enum(['button', 'list', 'flow']),
  id: z.string().meta({ description: 'Of the button or row, as you sent it; the name of the flow.' }),
  title: z.string(),
  description: z.string().optional(),
  response: z.string().optional().meta({ description: 'A flow’s answers, as JSON in a text.' }),
})

/** Content in a provider's shape, as it was stored: rules for new messages do not judge old ones. */
const kept = z.record(z.string(), z.unknown())

const contentView = z.object({
  message: z.string().optional(),
  previewUrl: z.boolean().optional().meta({ description: 'Beside message only.' }),
  template: z
    .object({ name: z.string(), language: z.string(), components: z.array(kept).optional() })
    .optional(),
  media: mediaView.optional(),
  interactive: kept.optional(),
  reaction: z
    .object({
      messageId: z.string().meta({ description: 'The provider’s id of the message reacted to.' }),
      emoji: z.string().meta({ description: 'Empty: the reaction was taken back.' }),
    })
    .optional(),
  location: z
    .object({
      latitude: z.number(),
      longitude: z.number(),
      name: z.string().optional(),
      address: z.string().optional(),
    })
    .optional(),
  contacts: z.array(kept).optional(),
  reply: replyView.optional().meta({
    description: 'Inbound only: a button or row that was tapped, or a flow that was filled in.',
  }),
  other: kept.optional().meta({
    description: 'Inbound only: anything else, such as an order, in the provider’s own words.',
  }),
})

export const messageView = z.object({
  id: z.uuid(),
  to: z.string().meta({ description: 'The recipient. Inbound: your number, or its id at the provider.' }),
  from: z.string().nullable().meta({ description: 'Inbound: the customer who wrote; else null.' }),
  profileName: z.string().nullable().meta({ description: 'Inbound: the name they gave themselves.' }),
  type: z
    .string()
    .meta({ description: 'text, template, media, ...; inbound: the provider’s word, such as image.' }),
  body: z.string().nullable().meta({ description: 'What a person would read of it, if anything.' }),
  content: contentView.nullable().meta({
    description:
      'One field: the one that was sent, in the shape of POST /send-message. Inbound: what the customer sent, in ' +
      'the same shapes, or `reply` or `other`.',
  }),
  status: z.enum([...statuses, 'received']),
  direction: z.enum(['outbound', 'inbound']),
  session: z.uuid().meta({ description: 'Id of the sender.' }),
  batchId: z.uuid().nullable(),
  externalId: z.string().nullable().meta({ description: 'The provider’s id (wamid).' }),
  createdAt: instant,
  scheduledFor: instant.nullable(),
  expiresAt: instant.nullable(),
  sentAt: instant.nullable(),
  deliveredAt: instant.nullable(),
  readAt: instant.nullable(),
  failedAt: instant.nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()).nullable(),
  replyTo: z.string().nullable().meta({ description: 'The provider’s id of the message that it answers.' }),
  dryRun: z.boolean(),
  waiting: z
    .object({ code: z.string(), detail: z.string(), until: instant })
    .nullable()
    .meta({ description: 'Why it waits although it is queued, and when it is looked at again.' }),
})

export const messageExample = {
  id: exampleId,
  to: '14155552671',
  from: null,
  profileName: null,
  type: 'text',
  body: 'Hi Sarah! Your order #1234 has shipped.',
  content: { message: 'Hi Sarah! Your order #1234 has shipped.' },
  status: 'delivered',
  direction: 'outbound',
  session: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58',
  batchId: null,
  externalId: 'wamid.HBgLMTQxNTU1NTI2NzEVAgARGBI',
  createdAt: '2026-03-28T10:00:00.000Z',
  scheduledFor: null,
  expiresAt: '2026-03-29T10:00:00.000Z',
  sentAt: '2026-03-28T10:00:01.000Z',
  deliveredAt: '2026-03-28T10:00:04.000Z',
  readAt: null,
  failedAt: null,
  errorCode: null,
  errorMessage: null,
  metadata: { orderId: '1234' },
  replyTo: null,
  dryRun: false,
  waiting: null,
}

export const inboundExample = {
  ...messageExample,
  id: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a70',
  to: '15550783881',
  from: '14155552671',
  profileName: 'Sarah',
  body: 'Thank you!',
  content: { message: 'Thank you!' },
  status: 'received',
  direction: 'inbound',
  externalId: 'wamid.HBgLMTQxNTU1NTI2NzEVAgASGBQ',
  expiresAt: null,
  sentAt: null,
  deliveredAt: null,
  metadata: null,
  replyTo: 'wamid.HBgLMTQxNTU1NTI2NzEVAgARGBI',
}
