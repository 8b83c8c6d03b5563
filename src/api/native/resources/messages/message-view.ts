import { z } from 'zod'
import { besideView } from '../../../../domain/webhooks/received.ts'
import { inboundContentFields } from '../../../../domain/messages/inbound-content.ts'
import { shownStatuses } from '../../../../domain/messages/status.ts'
import { instant } from '../../plugins/envelope.ts'
import { nothingBeside } from '../../../../domain/messages/inbound-view.ts'

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
  animated: z.boolean().optional().meta({ description: 'Inbound only, of a sticker.' }),
  sha256: z.string().optional().meta({ description: 'Inbound only.' }),
})

/** Content in a provider's shape, as it was stored: rules for new messages do not judge old ones. */
const kept = z.record(z.string(), z.unknown())

const { reply, order, product, callPermission, system, edit, revoke, unsupported, other } =
  inboundContentFields

const contentView = z.object({
  message: z.string().optional(),
  previewUrl: z.boolean().optional().meta({ description: 'Beside message only.' }),
  template: z
    .looseObject({
      name: z.string(),
      language: z.union([z.string(), kept]).meta({ description: 'As you sent it: a code, or Meta’s form.' }),
      components: z.array(kept).optional(),
    })
    .optional(),
  media: mediaView.optional(),
  interactive: kept.optional(),
  reaction: inboundContentFields.reaction.optional(),
  location: inboundContentFields.location.optional(),
  contacts: z.array(kept).optional(),
  reply: reply.optional(),
  order: order.optional(),
  product: product.optional(),
  callPermission: callPermission.optional(),
  system: system.optional(),
  edit: edit.optional(),
  revoke: revoke.optional(),
  unsupported: unsupported.optional(),
  other: other.optional(),
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
      'the same shapes, or one from `reply` on, which are for inbound messages only.',
  }),
  ...besideView,
  status: z.enum([...shownStatuses, 'received']),
  reason: z.literal('expired').nullable().meta({
    description: '`expired`: it failed because it was not handed over within its time to live. Else null.',
  }),
  direction: z.enum(['outbound', 'inbound']),
  session: z.uuid().meta({ description: 'Id of the sender.' }),
  batchId: z.uuid().nullable(),
  externalId: z.string().nullable().meta({ description: 'The provider’s id (wamid).' }),
  createdAt: instant,
  scheduledFor: instant.nullable(),
  expiresAt: instant.nullable(),
  sentAt: instant.nullable(),
  deliveredAt: instant.nullable(),
  readAt: instant.nullable().meta({
    description: 'When the recipient read it. Inbound: when you first marked it as read.',
  }),
  failedAt: instant.nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()).nullable(),
  replyTo: z.string().nullable().meta({ description: 'The provider’s id of the message that it answers.' }),
  dryRun: z.boolean(),
  origin: z
    .enum(['business_app', 'other_app'])
    .nullable()
    .meta({
      description:
        'Outbound messages that were not sent through this API: from the WhatsApp Business app on a phone, or by ' +
        'another program of the same number. Null for all others.',
    }),
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
  ...nothingBeside,
  status: 'delivered',
  reason: null,
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
  origin: null,
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
