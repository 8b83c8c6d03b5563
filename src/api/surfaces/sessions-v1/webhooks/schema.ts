import { z } from 'zod'
import { envelopeEvents, silentNames } from '../../../../domain/webhooks/formats/envelope-events.ts'
import type { EndpointOverview } from '../../../../services/webhooks/endpoints.ts'
import { instant, text } from '../fields.ts'

const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a61'
const exampleSecret = `whsec_${'5f3a9c1e'.repeat(8)}`

/** The names that can be subscribed to. */
const names = envelopeEvents.map(({ name }) => name)
const every = '*'

/** The events of a webhook that names none. */
const namesByDefault = ['message.received', 'message.sent', 'session.connected', 'session.disconnected']

const events = z
  .array(
    z
      .string()
      .refine(
        (name) => name === every || names.includes(name) || silentNames.test(name),
        'must be an event of GET /api/v1/events',
      ),
  )
  .max(100)

/** The names that a list stands for: none is the usual four, a star is all. */
export function subscribedTo(given: readonly string[] = []): string[] {
  if (given.length === 0) return namesByDefault
  return given.includes(every) ? names : [...given]
}

const url = z.string().min(1).max(2_048)

export const createBody = z
  .object({ url, events: events.optional(), sessionId: text(1, 200).optional() })
  .meta({
    examples: [
      { url: 'https://app.example.com/webhooks', events: ['message.received', 'session.connected'] },
    ],
  })

export const changeBody = z
  .object({ url: url.optional(), events: events.optional(), enabled: z.boolean().optional() })
  .meta({ examples: [{ events: ['message.received', 'message.delivered'], enabled: true }] })

const webhookFields = {
  id: z.string(),
  url: z.string(),
  sessionId: z.string().nullable(),
  events: z.array(z.string()),
  enabled: z.boolean(),
  createdAt: instant,
}
const example = {
  id: exampleId,
  url: 'https://app.example.com/webhooks',
  sessionId: null,
  events: ['message.received', 'session.connected'],
  enabled: true,
  createdAt: '2026-03-28T10:00:00.000Z',
}
export const webhookView = z.object(webhookFields).meta({ examples: [example] })
export const webhookWithSecretView = z
  .object({
    ...webhookFields,
    secret: z.string().meta({ description: 'Signs deliveries. Shown here alone.' }),
  })
  .meta({ examples: [{ ...example, secret: exampleSecret }] })
export const webhooksAnswer = z
  .object({ webhooks: z.array(webhookView), total: z.int() })
  .meta({ examples: [{ webhooks: [example], total: 1 }] })

export const testAnswer = z
  .object({
    success: z.boolean(),
    statusCode: z.int().nullable(),
    body: z.string().nullable(),
    headers: z.record(z.string(), z.unknown()),
    latencyMs: z.int().nullable(),
    error: z.string().optional(),
  })
  .meta({
    examples: [
      {
        success: true,
        statusCode: 200,
        body: 'ok',
        headers: { 'content-type': 'text/plain' },
        latencyMs: 41,
      },
    ],
  })

export const logsAnswer = z
  .object({
    logs: z.array(
      z.object({
        id: z.string(),
        eventId: z.string(),
        eventType: z.string(),
        status: z.string(),
        attempts: z.int(),
        statusCode: z.int().nullable(),
        error: z.string().nullable(),
        nextAttemptAt: instant.nullable(),
        deliveredAt: instant.nullable(),
        createdAt: instant,
      }),
    ),
    total: z.int(),
  })
  .meta({
    examples: [
      {
        logs: [
          {
            id: '019a9d6e-5a10-7d3e-8c11-2f4b6a8d0c1f',
            eventId: 'evt_019a9d6e5a107d3e8c112f4b6a8d0c1e',
            eventType: 'message.received',
            status: 'delivered',
            attempts: 1,
            statusCode: 200,
            error: null,
            nextAttemptAt: null,
            deliveredAt: '2026-03-28T10:00:04.000Z',
            createdAt: '2026-03-28T10:00:04.000Z',
          },
        ],
        total: 1,
      },
    ],
  })

export const eventsAnswer = z
  .object({
    events: z.array(z.object({ type: z.string(), description: z.string(), isDefault: z.boolean() })),
    total: z.int(),
  })
  .meta({
    examples: [
      {
        events: [
          {
            type: 'message.received',
            description: 'Somebody wrote to one of your sessions.',
            isDefault: true,
          },
        ],
        total: 1,
      },
    ],
  })

/** The catalogue of events. */
export const catalogue = {
  events: envelopeEvents.map(({ name, description }) => ({
    type: name,
    description,
    isDefault: namesByDefault.includes(name),
  })),
  total: envelopeEvents.length,
}

/** A webhook as this API shows it: never its secret. */
export function presentWebhook({ endpoint }: EndpointOverview): z.input<typeof webhookView> {
  return {
    id: endpoint.id,
    url: endpoint.url,
    sessionId: endpoint.sessionIds[0] ?? null,
    events: endpoint.formatEvents,
    enabled: endpoint.enabled,
    createdAt: endpoint.createdAt.toISOString(),
  }
}
