import { z } from 'zod'
import { formatNamed, openFormats } from '../../../../domain/webhooks/formats/index.ts'
import { webhookEventTypes } from '../../../../domain/webhooks/events.ts'
import { isHeaderAllowed } from '../../../../domain/webhooks/headers.ts'
import { idGiven, instant, success } from '../../plugins/envelope.ts'

const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a61'
const exampleSession = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58'
const exampleSecret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

const url = z.string().min(1).max(2048).meta({ description: 'A public https URL on your server.' })
const description = z.string().trim().max(500).nullable()
const events = z
  .array(z.enum(webhookEventTypes))
  .max(100)
  .meta({
    description:
      'What it hears, see GET /webhook-events; empty: everything but message.status_updated, which repeats the ' +
      'others in another shape.',
  })
const format = z.enum(openFormats).meta({
  description:
    'How deliveries are written: `standard`, or `connect-hub`, the record of a message at each of its statuses.',
})
const sessions = z
  .array(z.string().min(1).max(256))
  .max(100)
  .meta({ description: 'Ids or names of the senders whose events it hears; empty: all.' })
const ratePerSecond = z
  .int()
  .min(1)
  .max(10_000)
  .nullable()
  .meta({ description: 'Deliveries a second at most; the others wait.' })
const ordered = z
  .boolean()
  .meta({ description: 'The events of one recipient one after the other, each when the one before arrived.' })

const headerName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')
  .refine(isHeaderAllowed, 'is a header that cannot be set: it is ours, the connection’s or the body’s')
const headerValue = z
  .string()
  .max(2048)
  .regex(/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/, 'must be printable ASCII, without blanks at its ends')
const header = z.strictObject({
  name: headerName,
  value: headerValue,
  secret: z.boolean().default(false).meta({ description: 'True: its value is never shown again.' }),
})

/** A list of headers without two of one name. */
const headersOf = <Header extends z.ZodType<{ name: string }>>(one: Header) =>
  z
    .array(one)
    .max(20)
    .superRefine((headers, context) => {
      const names = headers.map(({ name }) => name.toLowerCase())
      for (const [index, name] of names.entries()) {
        if (names.indexOf(name) === index) continue
        context.addIssue({ code: 'custom', path: [index, 'name'], message: 'is there twice' })
      }
    })
    .meta({ description: 'Sent along with every delivery.' })

const ownSecret = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/, 'must be whsec_ and 24 to 64 bytes in base64')
  .refine(isKey, 'must be whsec_ and 24 to 64 bytes in base64')
  .optional()
  .meta({ description: 'A signing secret of your own: whsec_ and 24 to 64 bytes in base64.' })

function isKey(secret: string): boolean {
  const text = secret.slice('whsec_'.length)
  const bytes = Buffer.from(text, 'base64')
  return bytes.length >= 24 && bytes.length <= 64 && bytes.toString('base64') === text
}

export const createEndpointBody = z
  .strictObject({
    url,
    description: description.default(null),
    events: events.default([]),
    sessions: sessions.default([]),
    headers: headersOf(header).default([]),
    ratePerSecond: ratePerSecond.default(null),
    ordered: ordered.default(false),
    enabled: z.boolean().default(true),
    secret: ownSecret,
    format: format.default('standard'),
  })
  .superRefine(({ format: named, events: given }, check) => {
    const known = formatNamed(named).typesOf(given)
    for (const [index, type] of given.entries()) {
      if (known.includes(type)) continue
      const message = `is nothing that the format ${named} tells`
      check.addIssue({ code: 'custom', path: ['events', index], message })
    }
  })
  .meta({
    examples: [
      {
        url: 'https://app.example.com/webhooks/hermod',
        description: 'Order service',
        events: ['message.delivered', 'message.failed', 'message.received'],
        headers: [{ name: 'X-Api-Key', value: 'k-3b9d2c', secret: true }],
      },
    ],
  })

export const changeEndpointBody = z
  .strictObject({
    url: url.exactOptional(),
    description: description.exactOptional(),
    events: events.exactOptional(),
    sessions: sessions.exactOptional(),
    headers: headersOf(
      header.extend({
        value: headerValue.nullable().default(null).meta({ description: 'Null: as it was.' }),
      }),
    ).exactOptional(),
    ratePerSecond: ratePerSecond.exactOptional(),
    ordered: ordered.exactOptional(),
    enabled: z.boolean().exactOptional().meta({
      description:
        'True is the way back for an endpoint that was disabled, and clears what is known of its failures.',
    }),
  })
  .meta({ examples: [{ events: ['message.received', 'message.failed'], ratePerSecond: 20, enabled: true }] })

export const gracePeriodSecondsDefault = 86_400

export const rotateBody = z
  .strictObject({
    gracePeriodSeconds: z
      .int()
      .min(0)
      .max(604_800)
      .default(gracePeriodSecondsDefault)
      .meta({ description: 'How long the secret of now signs beside the new one.' }),
    secret: ownSecret,
  })
  .meta({ examples: [{ gracePeriodSeconds: gracePeriodSecondsDefault }] })

const endpointView = z.object({
  id: z.uuid(),
  url: z.string(),
  description: z.string().nullable(),
  format,
  events: z.array(z.string()),
  sessions: z.array(z.uuid()),
  headers: z.array(
    z.object({
      name: z.string(),
      value: z.string().nullable().meta({ description: 'Null where it is secret.' }),
      secret: z.boolean(),
    }),
  ),
  ratePerSecond: z.int().nullable(),
  ordered: z.boolean(),
  enabled: z.boolean(),
  disabledReason: z
    .enum(['owner', 'gone', 'failing'])
    .nullable()
    .meta({ description: 'You switched it off; it answered 410; it failed for too long.' }),
  disabledAt: instant.nullable(),
  failingSince: instant.nullable().meta({ description: 'The first failure since the last success.' }),
  lastSuccessAt: instant.nullable(),
  lastFailureAt: instant.nullable(),
  lastError: z.string().nullable(),
  breaker: z
    .object({ state: z.enum(['closed', 'open', 'half_open']), openUntil: instant.nullable() })
    .meta({ description: 'Open: deliveries wait. Half open: one is tried.' }),
  oldSecretsUntil: z
    .array(instant)
    .meta({ description: 'Until when secrets that were rotated away sign as well.' }),
  isDefault: z.boolean().meta({ description: 'The one that PUT /auth/me/webhook sets.' }),
  createdAt: instant,
  updatedAt: instant,
})

const endpointExample = {
  id: exampleId,
  url: 'https://app.example.com/webhooks/hermod',
  description: 'Order service',
  format: 'standard' as const,
  events: ['message.delivered', 'message.failed', 'message.received'],
  sessions: [exampleSession],
  headers: [{ name: 'X-Api-Key', value: null, secret: true }],
  ratePerSecond: null,
  ordered: false,
  enabled: true,
  disabledReason: null,
  disabledAt: null,
  failingSince: null,
  lastSuccessAt: '2026-03-28T10:00:04.000Z',
  lastFailureAt: null,
  lastError: null,
  breaker: { state: 'closed', openUntil: null },
  oldSecretsUntil: [],
  isDefault: false,
  createdAt: '2026-03-01T10:00:00.000Z',
  updatedAt: '2026-03-01T10:00:00.000Z',
}

export const endpointAnswer = success(endpointView).meta({
  examples: [{ success: true, data: endpointExample }],
})

export const endpointWithSecretAnswer = success(
  endpointView.extend({
    secret: z
      .string()
      .meta({ description: 'Signs what is sent (Standard Webhooks). Shown once: store it now.' }),
  }),
).meta({ examples: [{ success: true, data: { ...endpointExample, secret: exampleSecret } }] })

export const endpointsAnswer = success(z.array(endpointView)).meta({
  examples: [{ success: true, data: [endpointExample] }],
})

export const endpointParams = z.strictObject({ id: idGiven.meta({ examples: [exampleId] }) })

export const deletedAnswer = success(z.object({ id: z.uuid(), deleted: z.literal(true) })).meta({
  examples: [{ success: true, data: { id: exampleId, deleted: true } }],
})
