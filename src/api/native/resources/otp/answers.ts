import { z } from 'zod'
import { invalidReasons, verificationStatuses } from '../../../../domain/otp/verification.ts'
import { instant, success } from '../../plugins/envelope.ts'

const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'
const exampleMessage = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a70'
const exampleSession = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58'
const exampleAt = '2026-03-28T10:00:00.000Z'

const seconds = z.number().int()

export const sentAnswer = success(
  z.object({
    id: z.uuid(),
    to: z.string().meta({ description: 'The number, E.164 digits.' }),
    status: z.literal('pending'),
    channel: z.string().meta({ description: 'The way that the code goes: the provider of the sender.' }),
    session: z.uuid().meta({ description: 'Id of the sender.' }),
    locale: z.string().meta({ description: 'The language that was chosen.' }),
    expiresAt: instant,
    expiresInSeconds: seconds,
    resendAfterSeconds: seconds.nullable().meta({ description: 'Null: it cannot be sent again.' }),
    sendsLeft: seconds,
    messageId: z.uuid().meta({ description: 'The message that carries it; GET /messages/{id} follows it.' }),
    resent: z.boolean().meta({ description: 'A pending verification was sent again.' }),
    test: z.boolean().meta({ description: 'The number is a test number of the service, with a fixed code.' }),
    warnings: z.array(z.string()),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        id: exampleId,
        to: '14155552671',
        status: 'pending',
        channel: 'sandbox',
        session: exampleSession,
        locale: 'en',
        expiresAt: '2026-03-28T10:05:00.000Z',
        expiresInSeconds: 300,
        resendAfterSeconds: 30,
        sendsLeft: 4,
        messageId: exampleMessage,
        resent: false,
        test: false,
        warnings: [],
      },
    },
  ],
})

export const verifiedAnswer = success(
  z.object({
    id: z.uuid(),
    valid: z.boolean(),
    status: z.enum(verificationStatuses),
    reason: z.enum(invalidReasons).optional().meta({ description: 'Why it is not valid.' }),
    attemptsLeft: seconds,
  }),
).meta({
  examples: [
    { success: true, data: { id: exampleId, valid: true, status: 'verified', attemptsLeft: 4 } },
    {
      success: true,
      data: { id: exampleId, valid: false, status: 'pending', reason: 'invalid', attemptsLeft: 3 },
    },
  ],
})

const verificationView = z.object({
  id: z.uuid(),
  to: z.string(),
  service: z.string(),
  challenge: z.string().nullable(),
  status: z.enum(verificationStatuses),
  channel: z.string().nullable().meta({ description: 'Null: its sender was removed.' }),
  session: z.uuid().meta({ description: 'Id of the sender whose turn it is.' }),
  locale: z.string(),
  country: z.string().nullable(),
  test: z.boolean(),
  attempts: seconds.meta({ description: 'Codes that were judged.' }),
  attemptsLeft: seconds,
  sends: seconds,
  sendsLeft: seconds,
  resendAfterSeconds: seconds.nullable(),
  createdAt: instant,
  expiresAt: instant,
  expiresInSeconds: seconds,
  endedAt: instant.nullable(),
  reported: z.boolean().meta({ description: 'The customer pressed “I didn’t request a code”.' }),
  converted: z.boolean().nullable().meta({ description: 'What you reported; null: nothing.' }),
  messageId: z.uuid().meta({ description: 'The last message that carried it.' }),
  metadata: z.record(z.string(), z.unknown()).nullable(),
})

const exampleVerification = {
  id: exampleId,
  to: '14155552671',
  service: 'default',
  challenge: null,
  status: 'verified',
  channel: 'sandbox',
  session: exampleSession,
  locale: 'en',
  country: 'US',
  test: false,
  attempts: 1,
  attemptsLeft: 0,
  sends: 1,
  sendsLeft: 0,
  resendAfterSeconds: null,
  createdAt: exampleAt,
  expiresAt: '2026-03-28T10:05:00.000Z',
  expiresInSeconds: 0,
  endedAt: '2026-03-28T10:00:21.000Z',
  reported: false,
  converted: null,
  messageId: exampleMessage,
  metadata: null,
} as const

export const verificationAnswer = success(verificationView).meta({
  examples: [{ success: true, data: exampleVerification }],
})

export const detailAnswer = success(
  verificationView.extend({
    messages: z
      .array(
        z.object({
          id: z.uuid(),
          kind: z.enum(['first', 'resend', 'replacement', 'fallback']),
          session: z.uuid().nullable(),
          status: z.string().nullable(),
          errorCode: z.string().nullable(),
          at: instant,
          sentAt: instant.nullable(),
          deliveredAt: instant.nullable(),
        }),
      )
      .meta({ description: 'All messages that carried the code, the first one first.' }),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        ...exampleVerification,
        messages: [
          {
            id: exampleMessage,
            kind: 'first',
            session: exampleSession,
            status: 'delivered',
            errorCode: null,
            at: exampleAt,
            sentAt: exampleAt,
            deliveredAt: '2026-03-28T10:00:02.000Z',
          },
        ],
      },
    },
  ],
})

const pagination = z.object({
  limit: seconds,
  nextCursor: z.string().nullable().meta({ description: 'Null: there are no more.' }),
})

export const listAnswer = z
  .object({ success: z.literal(true), data: z.array(verificationView), pagination })
  .meta({
    examples: [{ success: true, data: [exampleVerification], pagination: { limit: 20, nextCursor: null } }],
  })

export const decisionsAnswer = z
  .object({
    success: z.literal(true),
    data: z.array(
      z.object({
        id: z.uuid(),
        at: instant,
        service: z.string(),
        to: z.string(),
        prefix: z.string(),
        country: z.string().nullable(),
        client: z.string().nullable(),
        kind: z.enum(['first', 'resend', 'replacement', 'fallback', 'report']),
        verificationId: z.uuid().nullable(),
        messageId: z.uuid().nullable(),
        blocked: z.enum(['shadow', 'enforced']).nullable(),
        reasons: z.array(z.string()),
      }),
    ),
    pagination,
  })
  .meta({
    examples: [
      {
        success: true,
        data: [
          {
            id: exampleId,
            at: exampleAt,
            service: 'default',
            to: '14155552671',
            prefix: '1415555',
            country: 'US',
            client: '203.0.113.7',
            kind: 'first',
            verificationId: exampleId,
            messageId: exampleMessage,
            blocked: 'shadow',
            reasons: ['number_range_abuse'],
          },
        ],
        pagination: { limit: 20, nextCursor: null },
      },
    ],
  })

const sums = z.object({
  sent: seconds,
  delivered: seconds,
  verified: seconds,
  failed: seconds,
  expired: seconds,
  reported: seconds,
  conversion: z
    .number()
    .nullable()
    .meta({ description: 'Verified of sent, from 0 to 1; null: nothing was sent.' }),
})
const exampleSums = {
  sent: 120,
  delivered: 117,
  verified: 92,
  failed: 2,
  expired: 24,
  reported: 0,
  conversion: 0.7667,
}

export const analyticsAnswer = success(
  z.object({
    from: z.iso.date(),
    to: z.iso.date(),
    total: sums,
    days: z.array(sums.extend({ day: z.iso.date() })),
    countries: z.array(sums.extend({ country: z.string().nullable() })),
    services: z.array(sums.extend({ service: z.string() })),
    poorPrefixes: z
      .array(
        z.object({
          prefix: z.string(),
          country: z.string().nullable(),
          sent: seconds,
          verified: seconds,
          conversion: z.number(),
          blockedUntil: instant.nullable(),
        }),
      )
      .meta({
        description: 'Beginnings of numbers with ten sends or more of which less than a fifth was verified.',
      }),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        from: '2026-03-01',
        to: '2026-03-28',
        total: exampleSums,
        days: [{ day: '2026-03-28', ...exampleSums }],
        countries: [{ country: 'US', ...exampleSums }],
        services: [{ service: 'default', ...exampleSums }],
        poorPrefixes: [],
      },
    },
  ],
})
