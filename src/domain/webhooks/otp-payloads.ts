import { z } from 'zod'

const verification = z.object({
  id: z.uuid().meta({ description: 'The verification.' }),
  to: z.string().meta({ description: 'The number, E.164 digits.' }),
  service: z.string(),
  challenge: z.string().nullable(),
  status: z.string().meta({ description: 'pending, verified, expired, canceled or max_attempts.' }),
  channel: z.string().nullable().meta({ description: 'The provider of the sender whose turn it was.' }),
  session: z.uuid().meta({ description: 'That sender.' }),
  messageId: z.uuid().meta({ description: 'The last message that carried the code.' }),
  locale: z.string(),
  country: z.string().nullable(),
  attempts: z.int(),
  sends: z.int(),
  test: z.boolean(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  metadata: z.unknown().meta({ description: 'What you sent along, or null.' }),
})

const example = {
  id: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59',
  to: '14155552671',
  service: 'default',
  challenge: null,
  status: 'pending',
  channel: 'whatsapp-cloud',
  session: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58',
  messageId: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a70',
  locale: 'en_US',
  country: 'US',
  attempts: 0,
  sends: 1,
  test: false,
  createdAt: '2026-03-28T10:00:00.000Z',
  expiresAt: '2026-03-28T10:05:00.000Z',
  metadata: null,
}

const withStatus = (status: string, attempts: number) =>
  verification.meta({ examples: [{ ...example, status, attempts }] })

/** The payloads of `otp.*`. None of them has a code. */
export const otpData = {
  sent: withStatus('pending', 0),
  delivered: withStatus('pending', 0),
  read: withStatus('pending', 0),
  verified: withStatus('verified', 1),
  failed: verification
    .extend({
      reason: z.enum(['undeliverable', 'max_attempts', 'canceled']).meta({
        description: 'undeliverable: no sender could deliver it; it can still be sent again.',
      }),
    })
    .meta({ examples: [{ ...example, status: 'max_attempts', attempts: 5, reason: 'max_attempts' }] }),
  expired: withStatus('expired', 0),
  reported: withStatus('canceled', 0),
}
