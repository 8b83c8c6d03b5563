import { z } from 'zod'
import { statuses } from '../../../../domain/messages/status.ts'
import { instant, success, wholeNumber } from '../../plugins/envelope.ts'

export const contactListQuery = z.strictObject({
  limit: wholeNumber(1, 200).default(20),
  cursor: z.uuid().optional().meta({ description: 'nextCursor of the page before.' }),
})

const contactView = z.object({
  address: z.string().meta({ description: 'The customer: digits, or a business-scoped user id.' }),
  open: z.boolean().meta({ description: 'Their 24-hour window is open to one of your senders.' }),
  lastInboundAt: instant.nullable().meta({ description: 'When they last wrote; null: never.' }),
  lastMessage: z.object({
    id: z.uuid(),
    direction: z.enum(['outbound', 'inbound']),
    status: z.enum([...statuses, 'received']),
    type: z.string(),
    body: z.string().nullable().meta({ description: 'What a person would read of it, if anything.' }),
    profileName: z.string().nullable().meta({ description: 'Inbound: the name they gave themselves.' }),
    session: z.uuid().meta({ description: 'Id of the sender.' }),
    createdAt: instant,
  }),
})

export const contactListAnswer = z
  .object({
    success: z.literal(true),
    data: z.array(contactView),
    pagination: z.object({
      limit: z.number().int(),
      nextCursor: z.string().nullable().meta({ description: 'Null: there are no more.' }),
    }),
  })
  .meta({
    examples: [
      {
        success: true,
        data: [
          {
            address: '14155552671',
            open: true,
            lastInboundAt: '2026-03-28T10:00:00.000Z',
            lastMessage: {
              id: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a70',
              direction: 'inbound',
              status: 'received',
              type: 'text',
              body: 'Where is my order?',
              profileName: 'Sarah',
              session: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58',
              createdAt: '2026-03-28T10:00:00.000Z',
            },
          },
        ],
        pagination: { limit: 20, nextCursor: null },
      },
    ],
  })

export const windowParams = z.strictObject({
  address: z
    .string()
    .min(1)
    .max(256)
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
