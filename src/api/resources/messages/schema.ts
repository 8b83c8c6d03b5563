import { z } from 'zod'
import {
  contactCard,
  interactive,
  locationContent,
  mediaKinds,
  reactionContent,
  templateContent,
  textContent,
  type MessageContent,
} from '../../../domain/content.ts'
import { statuses } from '../../../domain/status.ts'
import type { SendRequest } from '../../../services/draft-message.ts'
import { instant, success } from '../../plugins/envelope.ts'

const yearMs = 366 * 24 * 3_600 * 1_000
const metadataBytesMax = 16_384

const media = z
  .strictObject({
    type: z.enum(mediaKinds),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .optional()
      .meta({ description: 'Public URL of the file.' }),
    mediaId: z.string().min(1).max(256).optional().meta({ description: 'Id of a file uploaded before.' }),
    caption: z.string().min(1).max(1024).optional().meta({ description: 'Image, video and document only.' }),
    filename: z.string().min(1).max(240).optional().meta({ description: 'Document only.' }),
    voice: z.boolean().optional().meta({ description: 'Audio only: play as a voice note (OGG/Opus).' }),
  })
  .superRefine((value, check) => {
    const refuse = (field: string, message: string) =>
      check.addIssue({ code: 'custom', path: [field], message })
    if ((value.url === undefined) === (value.mediaId === undefined)) {
      refuse('url', 'give exactly one of url and mediaId')
    }
    if (value.caption !== undefined && (value.type === 'audio' || value.type === 'sticker')) {
      refuse('caption', `is not possible with ${value.type}`)
    }
    if (value.filename !== undefined && value.type !== 'document') refuse('filename', 'is for documents only')
    if (value.voice !== undefined && value.type !== 'audio') refuse('voice', 'is for audio only')
  })

const template = templateContent
  .omit({ type: true })
  .extend({ language: templateContent.shape.language.default('en_US') })

/** The fields of which a send has exactly one, and what each becomes. */
const contents = {
  message: textContent.shape.body.meta({
    description: 'Free text, at most 4096 characters; only within 24 hours of the customer’s last message.',
  }),
  template: template.meta({ description: 'A template that Meta has approved.' }),
  media,
  interactive: interactive.meta({ description: 'Reply buttons or a list, as Meta’s Cloud API shapes them.' }),
  reaction: reactionContent.omit({ type: true }),
  location: locationContent.omit({ type: true }),
  contacts: z.array(contactCard).min(1).max(257),
} as const
const contentNames = [
  'message',
  'template',
  'media',
  'interactive',
  'reaction',
  'location',
  'contacts',
] as const

const sendFields = z.strictObject({
  to: z.string().min(1).max(160).meta({
    description:
      'Recipient in E.164 form, country code and number, with or without +; or a business-scoped user id.',
  }),
  message: contents.message.optional(),
  template: contents.template.optional(),
  media: contents.media.optional(),
  interactive: contents.interactive.optional(),
  reaction: contents.reaction.optional(),
  location: contents.location.optional(),
  contacts: contents.contacts.optional(),
  session: z.string().min(1).max(128).optional().meta({
    description: 'Which sender, by id or name; the account’s default if absent. "sandbox" reaches nobody.',
  }),
  sendAt: z.iso
    .datetime({
      offset: true,
      error: 'must be an ISO 8601 date and time with a zone, such as 2027-05-01T09:00:00Z',
    })
    .optional()
    .meta({ description: 'Send at this future time.' }),
  ttlSeconds: z.number().int().min(1).max(2_592_000).optional().meta({
    description: 'Give up if it cannot be handed over within so long; 24 hours if absent.',
  }),
  priority: z.enum(['normal', 'high']).optional(),
  metadata: z.record(z.string().max(256), z.unknown()).optional().meta({
    description: 'Anything of yours, at most 16 KB; it comes back in reads and webhooks.',
  }),
  dry_run: z.boolean().optional().meta({ description: 'Simulates the send without calling WhatsApp.' }),
  replyTo: z.string().min(1).max(256).optional().meta({
    description: 'The message this one answers: our id, or the provider’s (wamid).',
  }),
  previewUrl: z.boolean().optional().meta({ description: 'With message: show a preview of the first link.' }),
})

/** The body of `POST /send-message`. */
export const sendBody = sendFields
  .superRefine((value, check) => {
    const refuse = (field: string, message: string) =>
      check.addIssue({ code: 'custom', path: [field], message })
    const given = contentNames.filter((name) => value[name] !== undefined)
    if (given.length === 0) {
      refuse('message', `is required, or one of ${contentNames.slice(1).join(', ')} in its place`)
    }
    if (given.length > 1)
      refuse(given[1] ?? 'message', `cannot be sent together with ${given[0]}: give one of them`)
    if (value.sendAt !== undefined) {
      const ahead = Date.parse(value.sendAt) - Date.now()
      if (ahead > yearMs) refuse('sendAt', 'is more than a year ahead')
    }
    if (value.previewUrl !== undefined && value.message === undefined) {
      refuse('previewUrl', 'goes with message only')
    }
    if (value.metadata !== undefined && bytesOf(value.metadata) > metadataBytesMax) {
      refuse('metadata', `is larger than ${metadataBytesMax} bytes`)
    }
  })
  .meta({
    id: 'SendMessage',
    examples: [
      {
        to: '14155552671',
        template: { name: 'hello_world', language: 'en_US' },
        session: 'sandbox',
      },
      {
        to: '14155552671',
        message: 'Hi Sarah! Your order #1234 has shipped.',
        session: 'sandbox',
        metadata: { orderId: '1234' },
      },
    ],
  })
export type SendBody = z.infer<typeof sendBody>

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value))
}

/** What a send says, from the one field that was given. */
export function toSendRequest(body: SendBody): SendRequest {
  return {
    to: body.to,
    content: contentOf(body),
    session: body.session ?? null,
    sendAt: body.sendAt === undefined ? null : new Date(body.sendAt),
    ttlSeconds: body.ttlSeconds ?? null,
    priority: body.priority ?? 'normal',
    metadata: body.metadata ?? null,
    dryRun: body.dry_run ?? false,
    replyTo: body.replyTo ?? null,
  }
}

function contentOf(body: SendBody): MessageContent {
  if (body.template !== undefined) return { type: 'template', ...body.template }
  if (body.media !== undefined) {
    const { type: kind, ...rest } = body.media
    return { type: 'media', kind, ...rest }
  }
  if (body.interactive !== undefined) return { type: 'interactive', interactive: body.interactive }
  if (body.reaction !== undefined) return { type: 'reaction', ...body.reaction }
  if (body.location !== undefined) return { type: 'location', ...body.location }
  if (body.contacts !== undefined) return { type: 'contacts', contacts: body.contacts }
  return {
    type: 'text',
    body: body.message ?? '',
    ...(body.previewUrl !== undefined && { previewUrl: body.previewUrl }),
  }
}

const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'

export const sendAnswer = success(
  z.object({
    id: z.uuid(),
    status: z.enum(['queued', 'scheduled']),
    scheduledFor: instant.nullable(),
    warning: z
      .string()
      .optional()
      .meta({
        description:
          'What will probably go wrong: the message is free-form, and this customer has not written to this sender ' +
          'within 24 hours. Only for accounts that have inbound messages.',
      }),
  }),
).meta({
  examples: [
    { success: true, data: { id: exampleId, status: 'queued', scheduledFor: null } },
    {
      success: true,
      data: {
        id: exampleId,
        status: 'queued',
        scheduledFor: null,
        warning:
          'This customer has not written to this sender, and WhatsApp takes free-form messages only within 24 ' +
          'hours of the customer’s last message: it will probably fail with outside_window. Send a template instead.',
      },
    },
  ],
})

/** The body of `POST /messages/bulk`; each item is checked by itself, with `sendBody`. */
export const bulkBody = z
  .strictObject({
    messages: z
      .array(z.unknown())
      .min(1)
      .meta({
        description: 'Each item takes the same fields as POST /send-message.',
        items: { $ref: '#/components/schemas/SendMessage' },
      }),
  })
  .meta({
    examples: [
      {
        messages: [
          { to: '14155552671', message: 'Hi Alice, your code is 1234', session: 'sandbox' },
          { to: '14155552672', message: 'Hi Bob, your code is 5678', session: 'sandbox' },
        ],
      },
    ],
  })

export const bulkAnswer = success(
  z.object({
    batchId: z.uuid(),
    totalMessages: z.number().int(),
    queued: z.number().int().meta({ description: 'Accepted, scheduled ones included.' }),
    failedCount: z.number().int(),
    errors: z
      .array(
        z.object({
          index: z.number().int(),
          error: z.string(),
          details: z.array(z.object({ path: z.string(), message: z.string() })),
        }),
      )
      .meta({ description: 'The items that were refused, by their place in the request.' }),
    warnings: z
      .array(z.object({ index: z.number().int(), warning: z.string() }))
      .meta({ description: 'What will probably go wrong with items that were accepted, likewise.' }),
  }),
).meta({
  examples: [
    {
      success: true,
      data: { batchId: exampleId, totalMessages: 2, queued: 2, failedCount: 0, errors: [], warnings: [] },
    },
  ],
})

export const batchAnswer = success(
  z.object({
    batchId: z.uuid(),
    totalMessages: z.number().int(),
    failedCount: z.number().int().meta({ description: 'Items that were refused in the request.' }),
    byStatus: z.record(z.string(), z.number().int()),
    createdAt: instant,
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        batchId: exampleId,
        totalMessages: 2,
        failedCount: 0,
        byStatus: { delivered: 1, sent: 1 },
        createdAt: '2026-03-28T10:00:00.000Z',
      },
    },
  ],
})

export const canceledAnswer = success(z.object({ id: z.uuid(), status: z.literal('canceled') })).meta({
  examples: [{ success: true, data: { id: exampleId, status: 'canceled' } }],
})

export const retriedAnswer = success(z.object({ id: z.uuid(), status: z.literal('queued') })).meta({
  examples: [{ success: true, data: { id: exampleId, status: 'queued' } }],
})

const messageView = z.object({
  id: z.uuid(),
  to: z.string().meta({ description: 'The recipient. Inbound: your number, or its id at the provider.' }),
  from: z.string().nullable().meta({ description: 'Inbound: the customer who wrote; else null.' }),
  profileName: z.string().nullable().meta({ description: 'Inbound: the name they gave themselves.' }),
  type: z
    .string()
    .meta({ description: 'text, template, media, ...; inbound: the provider’s word, such as image.' }),
  body: z.string().nullable().meta({ description: 'What a person would read of it, if anything.' }),
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
})

const messageExample = {
  id: exampleId,
  to: '14155552671',
  from: null,
  profileName: null,
  type: 'text',
  body: 'Hi Sarah! Your order #1234 has shipped.',
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
}

const inboundExample = {
  ...messageExample,
  id: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a70',
  to: '15550783881',
  from: '14155552671',
  profileName: 'Sarah',
  body: 'Thank you!',
  status: 'received',
  direction: 'inbound',
  externalId: 'wamid.HBgLMTQxNTU1NTI2NzEVAgASGBQ',
  expiresAt: null,
  sentAt: null,
  deliveredAt: null,
  metadata: null,
  replyTo: 'wamid.HBgLMTQxNTU1NTI2NzEVAgARGBI',
}

export const messageAnswer = success(
  messageView.extend({
    timeline: z.array(
      z.object({
        status: z.enum(statuses),
        at: instant.meta({
          description:
            'When it happened: by the provider’s clock where it told, never before the step before.',
        }),
        providerAt: instant.optional().meta({ description: 'The provider’s own clock.' }),
        detail: z.string().optional(),
      }),
    ),
    attempts: z.array(
      z.object({
        attempt: z.number().int(),
        outcome: z.enum(['accepted', 'refused', 'unknown']),
        startedAt: instant,
        endedAt: instant.nullable(),
        code: z.string().nullable(),
        detail: z.string().nullable(),
        externalId: z.string().nullable(),
        provider: z.unknown().meta({ description: 'What the provider answered, redacted.' }),
      }),
    ),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        ...messageExample,
        timeline: [
          { status: 'queued', at: '2026-03-28T10:00:00.000Z' },
          { status: 'sent', at: '2026-03-28T10:00:01.000Z' },
          { status: 'delivered', at: '2026-03-28T10:00:04.000Z', providerAt: '2026-03-28T10:00:04.000Z' },
        ],
        attempts: [
          {
            attempt: 1,
            outcome: 'accepted',
            startedAt: '2026-03-28T10:00:00.900Z',
            endedAt: '2026-03-28T10:00:01.000Z',
            code: null,
            detail: null,
            externalId: 'wamid.HBgLMTQxNTU1NTI2NzEVAgARGBI',
            provider: null,
          },
        ],
      },
    },
  ],
})

export const idParams = z.strictObject({ id: z.uuid().meta({ examples: [exampleId] }) })

function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error)
}

/** The query of `GET /messages`. */
export const listQuery = z.strictObject({
  status: z.enum([...statuses, 'received']).optional(),
  batchId: z.uuid().optional(),
  direction: z.enum(['outbound', 'inbound']).default('outbound'),
  limit: wholeNumber(1, 200).default(20),
  page: wholeNumber(1, 100_000).default(1),
  cursor: z.uuid().optional().meta({ description: 'nextCursor of the page before; stronger than page.' }),
})

export const listAnswer = z
  .object({
    success: z.literal(true),
    data: z.array(messageView),
    pagination: z.object({
      page: z.number().int(),
      limit: z.number().int(),
      total: z.number().int(),
      nextCursor: z.string().nullable(),
    }),
  })
  .meta({
    examples: [
      {
        success: true,
        data: [messageExample],
        pagination: { page: 1, limit: 20, total: 1, nextCursor: null },
      },
      {
        success: true,
        data: [inboundExample],
        pagination: { page: 1, limit: 20, total: 1, nextCursor: null },
      },
    ],
  })
