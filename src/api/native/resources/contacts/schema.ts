import { z } from 'zod'
import { instant, success } from '../../plugins/envelope.ts'

export const windowParams = z.strictObject({
  address: z
    .string()
    .min(1)
    .max(160)
    .meta({
      description: 'The customer: a phone number in E.164 form, or a business-scoped user id.',
      examples: ['14155552671'],
    }),
})

export const windowQuery = z.strictObject({
  session: z.string().min(1).max(128).optional().meta({
    description: 'Only messages to this sender, by id or name; any of yours if absent.',
  }),
})

export const windowAnswer = success(
  z.object({
    address: z.string(),
    open: z.boolean().meta({ description: 'WhatsApp takes free-form messages to them now.' }),
    lastInboundAt: instant
      .nullable()
      .meta({ description: 'Their last message; null: none that we know of.' }),
    closesAt: instant
      .nullable()
      .meta({ description: '24 hours after it; in the past when the window has closed.' }),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        address: '14155552671',
        open: true,
        lastInboundAt: '2026-03-28T10:00:00.000Z',
        closesAt: '2026-03-29T10:00:00.000Z',
      },
    },
  ],
})
