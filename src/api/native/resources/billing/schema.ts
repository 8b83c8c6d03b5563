import { z } from 'zod'
import { soldPlans } from '../../../../domain/billing/subscription.ts'
import { creditsModes } from '../../../../domain/billing/credits.ts'
import { instant, success, wholeNumber } from '../../plugins/envelope.ts'

/** `salesContact`: whom to ask for the plan that is not sold here. */
export function checkoutBody(salesContact: string | null) {
  const enterprise = `enterprise is arranged in person: ask ${salesContact ?? 'the operator of this installation'}`
  const error = ({ input }: { input?: unknown }) => (input === 'enterprise' ? enterprise : undefined)
  return z
    .strictObject({ plan: z.enum(soldPlans, { error }).meta({ description: 'The plan to subscribe to.' }) })
    .meta({ examples: [{ plan: 'pro' }] })
}

export const packBody = z
  .strictObject({
    credits: z.int().meta({ description: 'How many: one of the packs that the operator sells.' }),
  })
  .meta({ examples: [{ credits: 500 }] })

export const checkoutAnswer = success(z.object({ url: z.string() })).meta({
  examples: [
    { success: true, data: { url: 'https://checkout.stripe.com/c/pay/cs_live_a1MyVf3Jw0OXpNtq3fUeyhxG' } },
  ],
})

export const portalAnswer = success(z.object({ url: z.string() })).meta({
  examples: [
    {
      success: true,
      data: { url: 'https://billing.stripe.com/p/session/live_YWNjdF8xTTJKVGtMa2RJd0h1N2l4' },
    },
  ],
})

export const receivedAnswer = z.object({ received: z.literal(true) }).meta({ examples: [{ received: true }] })

export const creditsQuery = z.strictObject({
  limit: wholeNumber(1, 200).default(20),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the nextCursor of the page before')
    .optional()
    .meta({ description: 'The `nextCursor` of the page before.' }),
})

const entry = z.object({
  id: z.uuid(),
  kind: z.enum(['grant', 'debit', 'refund']).meta({
    description: '`grant`: given or bought. `debit`: taken. `refund`: given back for a message.',
  }),
  amount: z.number().int().meta({ description: 'Positive or negative.' }),
  balance: z.number().int().meta({ description: 'What was left after it.' }),
  messageId: z.uuid().nullable().meta({ description: 'The message that it is about.' }),
  note: z.string().nullable(),
  createdAt: instant,
})

export const creditsAnswer = z
  .object({
    success: z.literal(true),
    data: z.object({
      balance: z.number().int(),
      mode: z
        .enum(creditsModes)
        .meta({ description: '`off`: nothing is charged. `enforced`: a message costs 1.' }),
      entries: z.array(entry),
    }),
    pagination: z.object({ limit: z.number().int(), nextCursor: z.string().nullable() }),
  })
  .meta({
    examples: [
      {
        success: true,
        data: {
          balance: 99,
          mode: 'enforced',
          entries: [
            {
              id: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a61',
              kind: 'debit',
              amount: -1,
              balance: 99,
              messageId: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59',
              note: null,
              createdAt: '2026-03-28T10:00:00.000Z',
            },
          ],
        },
        pagination: { limit: 20, nextCursor: null },
      },
    ],
  })
