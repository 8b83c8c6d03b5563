import { z } from 'zod'
import type { Status } from '../../../../domain/messages/status.ts'
import { timeOfId } from '../../../../kit/id.ts'
import { dialled } from '../../../../domain/messages/address.ts'
import type { MessageRecord } from '../../../../services/messages/manage.ts'
import { instant, text, whole } from '../fields.ts'

const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'
const wrongNumber = 'Invalid phone number format. Use international format like +1234567890'

/** Ids of customers without a number, and of groups, as they come with messages. */
const otherAddress = /^([A-Z]{2}\.[A-Za-z0-9.]+|[\d-]+@g\.us|Y2FwaV9ncm91cDo\S+)$/

/**
 * A recipient as it is dialled. Numbers are written as people do, with blanks and dashes: with a plus, or with 10 to 15
 * digits. Null for what is none.
 */
export function recipientOf(given: string): string | null {
  if (otherAddress.test(given.trim())) return given.trim()
  const cleaned = given.replaceAll(/[\s().-]/g, '')
  if (/^\+[1-9]\d{5,14}$/.test(cleaned)) return cleaned
  return /^[1-9]\d{9,14}$/.test(cleaned) ? `+${cleaned}` : null
}

const to = text(1, 200).refine((given) => recipientOf(given) !== null, wrongNumber)

const sessionId = text(1, 200).optional().meta({
  description: 'The id or the session key of a session; the newest that is connected if absent.',
})

const url = z.url({ protocol: /^https?$/, error: 'must be a public http or https URL' }).max(2_048)

export const textBody = z.object({ to, message: text(1, 4_096), sessionId }).meta({
  examples: [{ to: '+237612345678', message: 'Hello from WhatsApp API!' }],
})

export const mediaBody = z
  .object({
    to,
    mediaUrl: url,
    mediaType: z.enum(['image', 'video']),
    caption: text(0, 1_024).optional(),
    sessionId,
  })
  .meta({
    examples: [
      {
        to: '+237612345678',
        mediaUrl: 'https://example.com/image.jpg',
        mediaType: 'image',
        caption: 'Check this out!',
      },
    ],
  })

export const audioBody = z.object({ to, audioUrl: url, ptt: z.boolean().default(false), sessionId }).meta({
  examples: [{ to: '+237612345678', audioUrl: 'https://example.com/voice.ogg', ptt: true }],
})

const messageStatuses = ['pending', 'sent', 'delivered', 'read', 'failed'] as const
type MessageStatus = (typeof messageStatuses)[number]

export const messageView = z
  .object({
    id: z.string(),
    toPhone: z.string(),
    type: z
      .string()
      .meta({ description: 'text, image, video, audio, or another kind that was sent by other means.' }),
    status: z.enum(messageStatuses),
    whatsappMessageId: z.string().nullable(),
    errorMessage: z.string().nullable(),
    sentAt: instant.nullable(),
    deliveredAt: instant.nullable(),
    readAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({
    examples: [
      {
        id: exampleId,
        toPhone: '+237612345678',
        type: 'text',
        status: 'pending',
        whatsappMessageId: null,
        errorMessage: null,
        sentAt: null,
        deliveredAt: null,
        readAt: null,
        createdAt: '2026-03-28T10:00:00.000Z',
      },
    ],
  })
export type MessageView = z.input<typeof messageView>

export const listQuery = z.object({
  sessionId: z.string().max(1_000).optional(),
  session_id: z.string().max(1_000).optional(),
  status: z.enum(messageStatuses).optional(),
  limit: whole(1, 100).default(50),
  offset: whole(0, 100_000).default(0),
})

export const listAnswer = z
  .object({ messages: z.array(messageView), total: z.int(), limit: z.int(), offset: z.int() })
  .meta({ examples: [{ messages: [], total: 0, limit: 50, offset: 0 }] })

/** The words of this API for our statuses. */
const statusWords = {
  scheduled: 'pending',
  queued: 'pending',
  processing: 'pending',
  retrying: 'pending',
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
  canceled: 'failed',
  expired: 'failed',
} as const satisfies Record<Status, MessageStatus>

/** Our statuses behind a word of this API. */
export function statusesBehind(word: MessageStatus): string[] {
  return Object.entries(statusWords).flatMap(([status, one]) => (one === word ? [status] : []))
}

/** A message that was sent, as this API shows it. */
export function presentMessage(message: MessageRecord): MessageView {
  const { status, content } = message
  return {
    id: message.id,
    toPhone: dialled(message.address),
    type: content?.type === 'media' ? (content.gif === true ? 'image' : content.kind) : message.type,
    status: status === 'received' ? 'delivered' : statusWords[status],
    whatsappMessageId: message.externalId,
    errorMessage: message.errorMessage ?? (status === 'canceled' ? 'The message was canceled.' : null),
    sentAt: message.sentAt?.toISOString() ?? null,
    deliveredAt: message.deliveredAt?.toISOString() ?? null,
    readAt: message.readAt?.toISOString() ?? null,
    // As it was told when it was accepted.
    createdAt: timeOfId(message.id).toISOString(),
  }
}

/** A message that was accepted just now. */
export function presentAccepted({
  id,
  acceptedAt,
  toPhone,
  type,
}: {
  id: string
  acceptedAt: Date
  toPhone: string
  type: string
}): MessageView {
  return {
    id,
    toPhone,
    type,
    status: 'pending',
    whatsappMessageId: null,
    errorMessage: null,
    sentAt: null,
    deliveredAt: null,
    readAt: null,
    createdAt: acceptedAt.toISOString(),
  }
}
