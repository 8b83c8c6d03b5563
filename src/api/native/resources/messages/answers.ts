import { z } from 'zod'
import { shownStatuses } from '../../../../domain/messages/status.ts'
import { instant, success } from '../../plugins/envelope.ts'
import { providerWords } from '../../../../domain/provider-words.ts'
import { exampleId, inboundExample, messageExample, messageView } from './message-view.ts'
import { providerExample, providerView } from './provider-view.ts'

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

export const readAnswer = success(
  z.object({
    id: z.uuid(),
    readAt: instant.meta({ description: 'When it was first marked as read.' }),
  }),
).meta({
  examples: [{ success: true, data: { id: exampleId, readAt: '2026-03-28T10:00:05.000Z' } }],
})

export const messageAnswer = success(
  messageView.extend({
    provider: providerView,
    timeline: z.array(
      z.object({
        status: z.enum(shownStatuses),
        reason: z.literal('expired').optional(),
        at: instant.meta({
          description:
            'When it happened: by the provider’s clock where it told, never before the step before.',
        }),
        providerAt: instant.optional().meta({ description: 'The provider’s own clock.' }),
        detail: z.string().optional(),
        provider: providerWords.optional().meta({
          description: 'The provider’s own words about this step: its error, its price, its conversation.',
        }),
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
        provider: providerExample,
        timeline: [
          { status: 'queued', at: '2026-03-28T10:00:00.000Z' },
          { status: 'processing', at: '2026-03-28T10:00:00.900Z' },
          { status: 'sent', at: '2026-03-28T10:00:01.000Z' },
          {
            status: 'delivered',
            at: '2026-03-28T10:00:04.000Z',
            providerAt: '2026-03-28T10:00:04.000Z',
            provider: { pricing: providerExample.pricing },
          },
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

export const listAnswer = z
  .object({
    success: z.literal(true),
    data: z.array(messageView),
    pagination: z.object({
      page: z.number().int(),
      limit: z.number().int(),
      total: z.number().int().meta({ description: 'How many match in all.' }),
      totalCapped: z.literal(true).optional().meta({
        description:
          'Counting stopped at `total`: there are more. Only with `batchId`, `to`, `session` or inbound messages.',
      }),
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
