import { z } from 'zod'
import { providerWords } from '../provider-words.ts'
import { shownStatuses } from '../messages/status.ts'

/** A point in time, ISO 8601 in UTC. */
const instant = z.iso.datetime()
const exampleAt = '2026-03-28T10:00:04.000Z'
const exampleMessage = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'
const exampleSession = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58'
const exampleEndpoint = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a61'

const metadata = z.unknown().meta({ description: 'What you sent along, or null.' })

/**
 * The payload of a status in the public WhatsAPI, to the letter: what `PUT /auth/me/webhook` subscribes to. Fields of
 * ours stand beside only where they say something.
 */
export const statusData = z
  .object({
    messageId: z.uuid(),
    status: z.enum(shownStatuses),
    to: z.string().meta({ description: 'The recipient: digits, or a business-scoped user id.' }),
    deliveredAt: instant.nullable(),
    readAt: instant.nullable(),
    failedAt: instant.nullable(),
    errorMessage: z.string().nullable(),
    metadata,
    reason: z.literal('expired').optional().meta({
      description: 'Only of a message that failed because it was not handed over within its time to live.',
    }),
    dryRun: z.literal(true).optional().meta({ description: 'Only of a dry run, which was not sent.' }),
  })
  .meta({
    examples: [
      {
        messageId: exampleMessage,
        status: 'delivered',
        to: '14155552671',
        deliveredAt: exampleAt,
        readAt: null,
        failedAt: null,
        errorMessage: null,
        metadata: { orderId: '1234' },
      },
    ],
  })

const noTimes = { sentAt: null, deliveredAt: null, readAt: null, failedAt: null }
const noError = { errorCode: null, errorMessage: null }
const unreachable = {
  errorCode: 'recipient_unreachable',
  errorMessage: 'The recipient cannot be reached.',
  provider: { code: 131026, title: 'Message undeliverable', message: 'Message undeliverable' },
}

/** Examples of a message at each of the statuses that have an event of their own. */
const messageFacts = {
  queued: { ...noTimes, ...noError, externalId: null, sequence: 0 },
  sent: { ...noTimes, ...noError, sentAt: exampleAt, sequence: 2 },
  delivered: { ...noTimes, ...noError, sentAt: exampleAt, deliveredAt: exampleAt, sequence: 3 },
  read: {
    ...noError,
    sentAt: exampleAt,
    deliveredAt: exampleAt,
    readAt: exampleAt,
    failedAt: null,
    sequence: 4,
  },
  failed: { ...noTimes, ...unreachable, sentAt: exampleAt, failedAt: exampleAt, sequence: 3 },
  expired: {
    ...noTimes,
    failedAt: exampleAt,
    externalId: null,
    errorCode: 'expired',
    errorMessage: 'The message was not handed over within its time to live.',
    sequence: 1,
  },
  unconfirmed: { ...noTimes, ...noError, sentAt: exampleAt, sequence: 2 },
  canceled: { ...noTimes, ...noError, externalId: null, sequence: 1 },
}

/** The payload of `message.<status>`: the whole message as it stood at that step. */
export function messageData<Status extends keyof typeof messageFacts>(status: Status) {
  return z
    .object({
      messageId: z.uuid(),
      status: z.literal(status),
      to: z.string().meta({ description: 'The recipient: digits, or a business-scoped user id.' }),
      session: z.uuid().meta({ description: 'The sender that it goes through.' }),
      batchId: z.uuid().nullable(),
      externalId: z.string().nullable().meta({ description: 'The provider’s id (wamid).' }),
      createdAt: instant,
      sentAt: instant.nullable(),
      deliveredAt: instant.nullable(),
      readAt: instant.nullable(),
      failedAt: instant.nullable(),
      errorCode: z.string().nullable(),
      errorMessage: z.string().nullable(),
      metadata: z.unknown().meta({
        description: 'What you sent along; null where it takes more than 16 KB. GET /messages/{id} has it.',
      }),
      dryRun: z.boolean().meta({ description: 'True: it was asked for with dry_run and reaches nobody.' }),
      provider: providerWords.nullable().meta({
        description:
          'The provider’s own words about this step: its error, its price, its conversation. Null when it said none, ' +
          'or more than 2 KB: GET /messages/{id} has them.',
      }),
      sequence: z.int().meta({
        description: 'Grows with every change of this message: of two events, the higher one is the later.',
      }),
      occurredAt: instant.meta({ description: 'When it happened, by the provider’s clock where it told.' }),
    })
    .meta({
      examples: [
        {
          messageId: exampleMessage,
          status,
          to: '14155552671',
          session: exampleSession,
          batchId: null,
          externalId: 'wamid.HBgLMTQxNTU1NTI2NzEVAgARGBI',
          createdAt: '2026-03-28T10:00:00.000Z',
          metadata: { orderId: '1234' },
          dryRun: false,
          provider: null,
          occurredAt: exampleAt,
          ...messageFacts[status],
        },
      ],
    })
}

const session = z.object({
  session: z.uuid(),
  name: z.string(),
  provider: z.string(),
})
const exampleSender = { session: exampleSession, name: 'whatsapp', provider: 'whatsapp-cloud' }
const reason = {
  code: z.string().meta({ description: 'A stable word, as in the attempts of a message.' }),
  detail: z.string().meta({ description: 'A sentence for people.' }),
}
const exampleReason = { code: 'credentials_rejected', detail: 'The access token has expired.' }

/** The payloads of `session.*`. */
export const sessionData = {
  stopped: session.extend(reason).meta({ examples: [{ ...exampleSender, ...exampleReason }] }),
  paused: session.extend({ ...reason, pausedUntil: instant }).meta({
    examples: [
      {
        ...exampleSender,
        code: 'provider_unavailable',
        detail: 'Meta answers with errors.',
        pausedUntil: '2026-03-28T10:00:34.000Z',
      },
    ],
  }),
  resumed: session.meta({ examples: [exampleSender] }),
  verified: session
    .extend({
      displayPhoneNumber: z.string().nullable(),
      verifiedName: z.string().nullable(),
      qualityRating: z.string().nullable(),
    })
    .meta({
      examples: [
        {
          ...exampleSender,
          displayPhoneNumber: '+1 555-078-3881',
          verifiedName: 'Jaspers Market',
          qualityRating: 'GREEN',
        },
      ],
    }),
}

/** The payload of `template.status_updated`. */
export const templateData = z
  .object({
    businessAccountId: z.string(),
    name: z.string(),
    language: z.string(),
    status: z.string().meta({ description: 'Meta’s word, such as APPROVED, REJECTED or PAUSED.' }),
    previousStatus: z.string().nullable().meta({ description: 'Null for one that was not known before.' }),
    category: z.string().nullable().meta({ description: 'Meta’s word, such as UTILITY.' }),
    reason: z.string().nullable().meta({ description: 'Meta’s word for why, such as INVALID_FORMAT.' }),
    description: z.string().nullable().meta({ description: 'Why, in a sentence of Meta’s.' }),
    recommendation: z.string().nullable().meta({ description: 'What Meta advises to change.' }),
    provider: z.unknown().meta({
      description:
        'All that Meta told, as it came; null where it takes more than 8 KB, and where a reading of the list found ' +
        'the change.',
    }),
  })
  .meta({
    examples: [
      {
        businessAccountId: '102290129340398',
        name: 'order_shipped',
        language: 'en_US',
        status: 'APPROVED',
        previousStatus: 'PENDING',
        category: 'UTILITY',
        reason: null,
        description: null,
        recommendation: null,
        provider: {
          event: 'APPROVED',
          message_template_id: 1689556908129832,
          message_template_name: 'order_shipped',
          message_template_language: 'en_US',
          message_template_category: 'UTILITY',
          reason: 'NONE',
        },
      },
    ],
  })

const endpoint = z.object({ endpointId: z.uuid(), url: z.string() })
const exampleHook = { endpointId: exampleEndpoint, url: 'https://app.example.com/webhooks/hermod' }

/** The payloads of `endpoint.*`. */
export const endpointData = {
  disabled: endpoint
    .extend({
      reason: z.enum(['gone', 'failing']).meta({ description: 'It answered 410, or failed for too long.' }),
      failingSince: instant.nullable(),
      lastError: z.string().nullable(),
    })
    .meta({
      examples: [
        {
          ...exampleHook,
          reason: 'failing',
          failingSince: '2026-03-23T10:00:00.000Z',
          lastError: 'E_TIMEOUT',
        },
      ],
    }),
  recovered: endpoint
    .extend({ failingSince: instant.nullable() })
    .meta({ examples: [{ ...exampleHook, failingSince: '2026-03-28T09:12:00.000Z' }] }),
}

const delivery = endpoint.extend({
  deliveryId: z.uuid(),
  eventId: z.uuid().meta({ description: 'The webhook-id of the event that does not arrive.' }),
  eventType: z.string(),
  attempts: z.int().meta({ description: 'How often it was tried.' }),
  lastStatus: z.int().meta({ description: 'The HTTP status of the last answer; 0: none.' }),
  lastError: z.string().nullable(),
})
const exampleDelivery = {
  ...exampleHook,
  deliveryId: '019a9d6e-5a10-7d3e-8c11-2f4b6a8d0c1f',
  eventId: '019a9d6e-5a10-7d3e-8c11-2f4b6a8d0c1e',
  eventType: 'message.delivered',
  attempts: 4,
  lastStatus: 503,
  lastError: 'E_HTTP',
}

/** The payloads of `delivery.*`. */
export const deliveryData = {
  failing: delivery
    .extend({ nextAttemptAt: instant.nullable() })
    .meta({ examples: [{ ...exampleDelivery, nextAttemptAt: '2026-03-28T12:00:00.000Z' }] }),
  exhausted: delivery.meta({ examples: [{ ...exampleDelivery, attempts: 8 }] }),
}
