import { z } from 'zod'
import { deliveryStatuses } from '../../../../domain/webhooks/delivery.ts'
import { webhookEventTypes } from '../../../../domain/webhooks/events.ts'
import { idGiven, instant, success, wholeNumber } from '../../plugins/envelope.ts'

const deliveryId = '019a9d6e-5a10-7d3e-8c11-2f4b6a8d0c1f'
const eventId = '019a9d6e-5a10-7d3e-8c11-2f4b6a8d0c1e'
const endpointId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a61'
const recoveryId = '019a9d6e-6b21-7d3e-8c11-2f4b6a8d0c2a'

export const endpointParams = z.strictObject({ id: idGiven.meta({ examples: [endpointId] }) })
export const deliveryParams = z.strictObject({ id: idGiven.meta({ examples: [deliveryId] }) })
export const recoveryParams = z.strictObject({ id: idGiven.meta({ examples: [recoveryId] }) })

const dateTime = z.iso.datetime({
  offset: true,
  error: 'must be an ISO 8601 date and time with a zone, such as 2027-05-01T09:00:00Z',
})

/** The query of `GET /webhook-endpoints/:id/deliveries`. */
export const listQuery = z.strictObject({
  status: z.enum(deliveryStatuses).optional(),
  type: z.enum(webhookEventTypes).optional().meta({ description: 'The type of the event.' }),
  since: dateTime.optional(),
  until: dateTime.optional(),
  limit: wholeNumber(1, 200).default(20),
  cursor: z.uuid().optional().meta({ description: 'nextCursor of the page before.' }),
})

const deliveryView = z.object({
  id: z.uuid(),
  endpointId: z.uuid(),
  eventId: z.uuid().meta({ description: 'The webhook-id, the same on every attempt.' }),
  type: z.string(),
  status: z.enum(deliveryStatuses),
  attempts: z.number().int(),
  lastStatus: z.number().int().nullable().meta({ description: 'The last HTTP status; 0: no answer.' }),
  lastError: z
    .string()
    .nullable()
    .meta({ description: 'What went wrong the last time, such as E_TIMEOUT or E_HTTP.' }),
  nextAttemptAt: instant.nullable(),
  deliveredAt: instant.nullable(),
  createdAt: instant,
  test: z.boolean().meta({ description: 'A sample that was asked for.' }),
})

const deliveryExample = {
  id: deliveryId,
  endpointId,
  eventId,
  type: 'message.delivered',
  status: 'pending' as const,
  attempts: 1,
  lastStatus: 503,
  lastError: 'E_HTTP',
  nextAttemptAt: '2026-03-28T10:00:09.000Z',
  deliveredAt: null,
  createdAt: '2026-03-28T10:00:04.000Z',
  test: false,
}

export const listAnswer = z
  .object({
    success: z.literal(true),
    data: z.array(deliveryView),
    pagination: z.object({
      limit: z.number().int(),
      nextCursor: z
        .string()
        .nullable()
        .meta({ description: 'Of the next page; a page may be short though there is one.' }),
    }),
  })
  .meta({
    examples: [{ success: true, data: [deliveryExample], pagination: { limit: 20, nextCursor: null } }],
  })

export const detailAnswer = success(
  deliveryView.extend({
    payload: z.unknown().meta({ description: 'The body that is sent.' }),
    log: z
      .array(
        z.object({
          id: z.uuid(),
          attempt: z.number().int().meta({ description: 'Of the schedule; 0: by hand.' }),
          trigger: z.enum(['schedule', 'manual']),
          at: instant,
          url: z.string(),
          status: z.number().int().meta({ description: 'The HTTP status; 0: no answer.' }),
          error: z.string().nullable(),
          latencyMs: z.number().int(),
          remoteAddress: z.string().nullable(),
          responseHeaders: z.record(z.string(), z.union([z.string(), z.array(z.string())])).nullable(),
          responseBody: z.string().nullable().meta({ description: 'At most 16 KB of it.' }),
          nextAttemptAt: instant.nullable(),
        }),
      )
      .meta({ description: 'Its attempts, the first one first, for as long as they are kept.' }),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        ...deliveryExample,
        payload: {
          type: 'message.delivered',
          timestamp: '2026-03-28T10:00:04.000Z',
          data: { messageId: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59' },
        },
        log: [
          {
            id: '019a9d6e-5b10-7d3e-8c11-2f4b6a8d0c20',
            attempt: 1,
            trigger: 'schedule',
            at: '2026-03-28T10:00:04.100Z',
            url: 'https://app.example.com/webhooks/hermod',
            status: 503,
            error: 'E_HTTP',
            latencyMs: 84,
            remoteAddress: '203.0.113.7',
            responseHeaders: { 'content-type': 'text/plain' },
            responseBody: 'Service Unavailable',
            nextAttemptAt: '2026-03-28T10:00:09.000Z',
          },
        ],
      },
    },
  ],
})

export const resentAnswer = success(z.object({ id: z.uuid(), status: z.literal('pending') })).meta({
  examples: [{ success: true, data: { id: deliveryId, status: 'pending' } }],
})

export const testBody = z
  .strictObject({
    type: z.enum(webhookEventTypes).default('message.delivered').meta({ description: 'Which event.' }),
  })
  .meta({ examples: [{ type: 'message.delivered' }] })

export const testAnswer = success(z.object({ deliveryId: z.uuid() })).meta({
  examples: [{ success: true, data: { deliveryId } }],
})

export const recoverBody = z
  .strictObject({
    since: dateTime.meta({ description: 'At most 14 days ago.' }),
    until: dateTime.optional().meta({ description: 'Now if absent.' }),
  })
  .meta({ examples: [{ since: '2026-03-27T00:00:00Z' }] })

const recoveryView = z.object({
  id: z.uuid(),
  endpointId: z.uuid(),
  since: instant,
  until: instant,
  state: z.enum(['running', 'done']),
  count: z.number().int().meta({ description: 'Deliveries that were set going again so far.' }),
  createdAt: instant,
})

export const recoveryAnswer = success(recoveryView).meta({
  examples: [
    {
      success: true,
      data: {
        id: recoveryId,
        endpointId,
        since: '2026-03-27T00:00:00.000Z',
        until: '2026-03-28T00:00:00.000Z',
        state: 'running',
        count: 0,
        createdAt: '2026-03-28T10:00:00.000Z',
      },
    },
  ],
})
