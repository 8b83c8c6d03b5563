import { z } from 'zod'
import { isUuid } from '../../../../kit/id.ts'
import { idGiven, instant, success, wholeNumber } from '../../plugins/envelope.ts'
import { metaId, metaSecret } from '../../plugins/meta-credentials.ts'

const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58'
const dayMs = 86_400_000

const name = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .refine((value) => !isUuid(value), 'must not look like an id: "session" on a send takes either')
  .meta({ description: 'Yours to choose, and unique in your account: `session` on a send takes it.' })
const ratePerSecond = z.number().int().min(1).max(1_000).meta({
  description: 'Messages a second that it may hand over: 80 unless Meta has raised the number’s throughput.',
})
const onUnknown = z.enum(['retry', 'fail']).meta({
  description:
    'What becomes of a message whose outcome stays unknown: sent again, which may double it, or failed.',
})

const verifyToken = z.string().min(8).max(256)

const accessToken = metaSecret.meta({ description: 'Access token from Meta Business Manager.' })
const phoneNumberId = metaId.meta({ description: 'Phone number id, not the phone number.' })

/** Everything a Cloud sender needs. */
const credentials = z.strictObject({
  accessToken,
  phoneNumberId,
  businessAccountId: metaId.optional(),
  appSecret: metaSecret.optional().meta({
    description:
      'Secret of your own Meta app, if it is not the one of this installation: proves its callbacks.',
  }),
  verifyToken: verifyToken.optional().meta({
    description: 'What you typed as verify token when you subscribed your own Meta app to our callback URL.',
  }),
})

/** Fields of which any may be absent, but not all. */
function someOf<Shape extends z.ZodRawShape>(shape: Shape) {
  const fields = Object.keys(shape).join(', ')
  return z
    .strictObject(shape)
    .refine((given) => Object.keys(given).length > 0, `has nothing to change: give at least one of ${fields}`)
    .meta({ minProperties: 1 })
}

/** Some of it: what is absent stays, null takes it away. */
const changedCredentials = someOf({
  accessToken: accessToken.optional(),
  phoneNumberId: phoneNumberId.optional(),
  businessAccountId: metaId.nullable().optional(),
  appSecret: metaSecret.nullable().optional(),
  verifyToken: verifyToken.nullable().optional(),
})

const sandboxFields = {
  latencyMs: z.number().int().min(0).max(30_000).meta({
    description: 'How long a send takes; 50 to 150, fixed for each message, if absent.',
  }),
  deliveredAfterMs: z.number().int().min(0).max(dayMs).meta({
    description: 'When `delivered` comes, counted from the send; 1000 if absent.',
  }),
  readAfterMs: z.number().int().min(0).max(dayMs).meta({ description: 'Likewise `read`; 3000 if absent.' }),
  scenario: z
    .string()
    .min(1)
    .max(64)
    .meta({
      description:
        'One scenario for every recipient, by its name, in place of the one its number stands for.',
      examples: ['always_unavailable'],
    }),
}
const sandboxSettings = z.strictObject(sandboxFields).partial()
const changedSandboxSettings = someOf({
  latencyMs: sandboxFields.latencyMs.nullable().optional(),
  deliveredAfterMs: sandboxFields.deliveredAfterMs.nullable().optional(),
  readAfterMs: sandboxFields.readAfterMs.nullable().optional(),
  scenario: sandboxFields.scenario.nullable().optional(),
})

const common = {
  name,
  default: z.boolean().optional().meta({
    description:
      'Sends that name no session go through it. The first Cloud session becomes it unless you say false.',
  }),
  ratePerSecond: ratePerSecond.optional(),
  onUnknown: onUnknown.optional(),
}

export const createSessionBody = z
  .discriminatedUnion('provider', [
    z.strictObject({ provider: z.literal('whatsapp-cloud'), ...common, credentials }),
    z.strictObject({ provider: z.literal('sandbox'), ...common, settings: sandboxSettings.optional() }),
  ])
  .meta({
    examples: [
      {
        provider: 'whatsapp-cloud',
        name: 'support',
        credentials: { accessToken: 'EAAcExampleToken', phoneNumberId: '2345678901' },
      },
      { provider: 'sandbox', name: 'slow-sandbox', settings: { latencyMs: 5000 } },
    ],
  })

export const patchSessionBody = someOf({
  name: name.optional(),
  default: z
    .literal(true, { error: 'can only be true: to move it, make another session the default' })
    .optional(),
  ratePerSecond: ratePerSecond.optional(),
  onUnknown: onUnknown.optional(),
  credentials: changedCredentials
    .optional()
    .meta({ description: 'Of a Cloud session; what is absent stays.' }),
  settings: changedSandboxSettings.optional().meta({
    description: 'Of a sandbox session; what is absent stays, null goes back to the default.',
  }),
}).meta({ examples: [{ credentials: { accessToken: 'EAAcNewToken' } }, { default: true }] })

const reason = z.object({ code: z.string(), detail: z.string() })

const sharedView = {
  id: z.uuid(),
  name: z.string(),
  default: z.boolean(),
  state: z.enum(['active', 'paused', 'stopped']).meta({
    description:
      '`paused`: its breaker is open, and it resolves by itself. `stopped`: its provider refused it, see ' +
      '`stopped`, and it goes on once you mend that and verify.',
  }),
  stopped: reason.nullable(),
  verifiedName: z.string().nullable(),
  displayPhoneNumber: z.string().nullable(),
  qualityRating: z.string().nullable(),
  verifiedAt: instant.nullable().meta({ description: 'When its credentials were last proven.' }),
  pace: z.object({ ratePerSecond: z.number().int() }),
  onUnknown,
  breaker: z.object({
    state: z.enum(['closed', 'open', 'half_open']).meta({
      description:
        '`open`: nothing is sent until `until`, new sends get 503. `half_open`: one message at a time tries.',
    }),
    until: instant.nullable(),
    trips: z.number().int().meta({ description: 'How often it opened in a row.' }),
    code: z.string().nullable(),
    detail: z.string().nullable(),
  }),
  lastError: reason.extend({ at: instant }).nullable().meta({
    description: 'The last refusal that was about the sender, not about one message.',
  }),
  createdAt: instant,
  updatedAt: instant,
}

const sessionView = z.discriminatedUnion('provider', [
  z.object({
    provider: z.literal('whatsapp-cloud'),
    ...sharedView,
    phoneNumberId: z.string().nullable(),
    businessAccountId: z.string().nullable(),
    callbackUrl: z.string().meta({ description: 'Where a Meta app of your own sends its callbacks.' }),
  }),
  z.object({
    provider: z.literal('sandbox'),
    ...sharedView,
    settings: z.object(sandboxFields).partial(),
  }),
])
export type SessionView = z.input<typeof sessionView>

const example = {
  provider: 'whatsapp-cloud',
  id: exampleId,
  name: 'support',
  default: true,
  state: 'active',
  stopped: null,
  verifiedName: 'Jaspers Market',
  displayPhoneNumber: '+1 555-078-3881',
  qualityRating: 'GREEN',
  verifiedAt: '2026-03-28T10:00:00.000Z',
  pace: { ratePerSecond: 80 },
  onUnknown: 'retry',
  breaker: { state: 'closed', until: null, trips: 0, code: null, detail: null },
  lastError: {
    code: 'throttled',
    detail: '(#130429) Rate limit hit',
    at: '2026-03-28T11:00:00.000Z',
  },
  createdAt: '2026-03-01T10:00:00.000Z',
  updatedAt: '2026-03-28T10:00:00.000Z',
  phoneNumberId: '2345678901',
  businessAccountId: null,
  callbackUrl: `https://hermod.example.com/webhooks/whatsapp/${exampleId}`,
}

export const sessionAnswer = success(sessionView).meta({ examples: [{ success: true, data: example }] })

export const sessionParams = z.strictObject({ id: idGiven.meta({ examples: [exampleId] }) })

export const sessionListQuery = z.strictObject({
  limit: wholeNumber(1, 200).default(20),
  page: wholeNumber(1, 100_000).default(1),
  cursor: z.uuid().optional().meta({ description: 'nextCursor of the page before; stronger than page.' }),
})

export const sessionListAnswer = z
  .object({
    success: z.literal(true),
    data: z.array(sessionView),
    pagination: z.object({
      page: z.number().int(),
      limit: z.number().int(),
      total: z.number().int(),
      nextCursor: z.string().nullable(),
    }),
  })
  .meta({
    examples: [
      { success: true, data: [example], pagination: { page: 1, limit: 20, total: 1, nextCursor: null } },
    ],
  })

export const removedSessionAnswer = success(z.object({ id: z.uuid(), removed: z.literal(true) })).meta({
  examples: [{ success: true, data: { id: exampleId, removed: true } }],
})
