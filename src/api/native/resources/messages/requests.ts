import { z } from 'zod'
import {
  locationContent,
  mediaKinds,
  reactionContent,
  textContent,
  type MessageContent,
} from '../../../../domain/messages/content.ts'
import { contactCards } from '../../../../domain/messages/content/contact-card.ts'
import { text } from '../../../../domain/messages/content/fields.ts'
import { inAnyCase } from '../../../../domain/messages/content/open.ts'
import { interactive } from '../../../../domain/messages/content/interactive.ts'
import { templateFrom, templateRequest } from '../../../../domain/messages/template-content.ts'
import type { SendRequest } from '../../../../services/messages/draft.ts'
import { metadataField } from '../../plugins/metadata.ts'
import { checkOneField } from '../../plugins/one-field.ts'

const yearMs = 366 * 24 * 3_600 * 1_000

const media = z
  .strictObject({
    type: inAnyCase(mediaKinds)
      .pipe(z.enum(mediaKinds))
      .meta({ enum: [...mediaKinds] }),
    url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .optional()
      .meta({ description: 'Public URL of the file.' }),
    mediaId: z.string().min(1).max(256).optional().meta({ description: 'Id of a file uploaded before.' }),
    caption: text(1024).optional().meta({ description: 'Image, video and document only.' }),
    filename: text(240).optional().meta({ description: 'Document only.' }),
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

/** A coordinate as a number, or as a text of one, as Meta's examples write it. */
function coordinate(name: 'latitude' | 'longitude') {
  const number = locationContent.shape[name]
  return z.union([
    number,
    z
      .string()
      .regex(/^-?\d{1,3}(\.\d{1,20})?$/, 'must be a number, such as 37.48')
      .refine((text) => number.safeParse(Number(text)).success, `is no ${name}`),
  ])
}

/** The fields of which a send has exactly one, and what each becomes. */
const contents = {
  message: textContent.shape.body.meta({
    description: 'Free text, at most 4096 characters; only within 24 hours of the customer’s last message.',
  }),
  template: templateRequest.meta({
    description:
      'A template that Meta has approved, in the shape of Meta’s Cloud API. Fields and components that are not ' +
      'listed here are handed on as they are.',
  }),
  media,
  interactive: interactive.meta({
    description:
      'Something to tap on, in the shape of Meta’s Cloud API: reply buttons, a list, a link, a flow, a request, ' +
      'products, a carousel, a bill. The kinds listed here are checked to Meta’s limits; other kinds, and fields that ' +
      'are not listed, are handed on as they are.',
  }),
  reaction: reactionContent.omit({ type: true }),
  location: locationContent
    .omit({ type: true })
    .extend({ latitude: coordinate('latitude'), longitude: coordinate('longitude') }),
  contacts: contactCards,
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
  to: z
    .string()
    .min(1)
    .max(256)
    .meta({
      description:
        'Recipient in E.164 form, country code and number, with or without +; or a business-scoped user id, or the id ' +
        'of a group.',
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
  metadata: metadataField,
  dry_run: z.boolean().optional().meta({ description: 'Simulates the send without calling WhatsApp.' }),
  dryRun: z.boolean().optional().meta({ description: 'Another spelling of dry_run.' }),
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
    checkOneField(value, contentNames, { together: 'be sent', refuse })
    if (value.sendAt !== undefined) {
      const ahead = Date.parse(value.sendAt) - Date.now()
      if (ahead > yearMs) refuse('sendAt', 'is more than a year ahead')
    }
    if (value.previewUrl !== undefined && value.message === undefined) {
      refuse('previewUrl', 'goes with message only')
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

/** The content of a send, from the one field that was given. */
export function toSendRequest(body: SendBody): SendRequest {
  return {
    to: body.to,
    content: contentOf(body),
    session: body.session ?? null,
    sendAt: body.sendAt === undefined ? null : new Date(body.sendAt),
    ttlSeconds: body.ttlSeconds ?? null,
    priority: body.priority ?? 'normal',
    metadata: body.metadata ?? null,
    dryRun: body.dry_run ?? body.dryRun ?? false,
    replyTo: body.replyTo ?? null,
  }
}

function contentOf(body: SendBody): MessageContent {
  if (body.template !== undefined) return templateFrom(body.template)
  if (body.media !== undefined) {
    const { type: kind, ...rest } = body.media
    return { type: 'media', kind, ...rest }
  }
  if (body.interactive !== undefined) return { type: 'interactive', interactive: body.interactive }
  if (body.reaction !== undefined) return { type: 'reaction', ...body.reaction }
  if (body.location !== undefined) {
    const { latitude, longitude, ...rest } = body.location
    return { type: 'location', latitude: Number(latitude), longitude: Number(longitude), ...rest }
  }
  if (body.contacts !== undefined) return { type: 'contacts', contacts: body.contacts }
  return {
    type: 'text',
    body: body.message ?? '',
    ...(body.previewUrl !== undefined && { previewUrl: body.previewUrl }),
  }
}

/** The body of `POST /messages/:id/read`, which may be left out. */
export const readBody = z
  .strictObject({
    typing: z.boolean().optional().meta({ description: 'Show that an answer is being written.' }),
  })
  // Fastify gives null for a request without a body.
  .nullish()
  .meta({ examples: [{ typing: true }] })

/** The body of `POST /messages/bulk`; each item is checked by itself, with `sendBody`. */
export const bulkBody = z
  .strictObject({
    messages: z
      .array(z.unknown())
      .min(1)
      .meta({
        description: 'Each item takes the same fields as POST /send-message.',
        items: { $ref: '#/components/schemas/SendMessageInput' },
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
