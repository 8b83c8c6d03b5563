import { z } from 'zod'
import { sessionHealth } from '../../../../domain/sessions/health.ts'
import { isUuid } from '../../../../kit/id.ts'
import { someOf } from '../../../../kit/some-of.ts'
import type { Provider, ProviderTraits } from '../../../../providers/contract.ts'
import { settingsField } from '../../../../services/sessions/settings.ts'
import { linkView } from './link-view.ts'
import { idGiven, instant, success, wholeNumber } from '../../plugins/envelope.ts'

// The fields that are a provider's own come from its form, so this file is the same for every provider.

const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58'

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

const common = {
  name,
  default: z.boolean().optional().meta({
    description:
      'Sends that name no session go through it. The first Cloud session becomes it unless you say false.',
  }),
  ratePerSecond: ratePerSecond.optional(),
  onUnknown: onUnknown.optional(),
}

const changes = {
  name: name.optional(),
  default: z
    .literal(true, { error: 'can only be true: to move it, make another session the default' })
    .optional(),
  ratePerSecond: z
    .number()
    .positive()
    .max(1_000)
    .optional()
    .meta({ description: 'Messages a second that it may hand over, within what its provider allows.' }),
  onUnknown: onUnknown.optional(),
}

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
  pace: z.object({ ratePerSecond: z.number() }),
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
  health: sessionHealth.nullable().meta({
    description:
      'What the provider told of it on its own, by aspect, each with its time; null while it told nothing. Every ' +
      'change is an event `session.health_updated`.',
  }),
  lastError: reason.extend({ at: instant }).nullable().meta({
    description: 'The last refusal that was about the sender, not about one message.',
  }),
  createdAt: instant,
  updatedAt: instant,
}
const sharedObject = z.object(sharedView)

/** A session in an answer: the fields that all have, and those of its provider's form. */
export type SessionView = z.input<typeof sharedObject> & { provider: string; [own: string]: unknown }

const exampleView = {
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
  health: {
    quality: { event: 'DOWNGRADE', at: '2026-03-28T10:30:00.000Z' },
    messagingLimit: { limit: 'TIER_2K', previous: 'TIER_10K', at: '2026-03-28T10:30:00.000Z' },
  },
  lastError: {
    code: 'throttled',
    detail: '(#130429) Rate limit hit',
    at: '2026-03-28T11:00:00.000Z',
  },
  createdAt: '2026-03-01T10:00:00.000Z',
  updatedAt: '2026-03-28T10:00:00.000Z',
}

/** The schemas of the bodies and answers that depend on which providers there are. */
export function sessionSchemas(providers: readonly Provider[]) {
  const [first] = providers
  if (first === undefined) throw new Error('there are no providers')
  const sessionView = z.discriminatedUnion('provider', optionsOf(providers, viewOf))
  const example = { provider: first.id, ...exampleView, ...first.form.examples.view(exampleId) }
  return {
    createBody: z
      .discriminatedUnion('provider', optionsOf(providers, createOf))
      .meta({ examples: providers.map(({ form }) => form.examples.create) }),
    patchBody: someOf({ ...changes, ...settingsChanges(providers) }).meta({
      examples: [{ credentials: { accessToken: 'EAAcNewToken' } }, { default: true }],
    }),
    answer: success(sessionView).meta({ examples: [{ success: true, data: example }] }),
    listAnswer: z
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
      }),
  }
}

/** One option of a union for each provider; a union has at least one. */
function optionsOf<Option>(
  providers: readonly Provider[],
  optionOf: (provider: Provider) => Option,
): [Option, ...Option[]] {
  const [first, ...rest] = providers.map(optionOf)
  if (first === undefined) throw new Error('there are no providers')
  return [first, ...rest]
}

const createOf = ({ id, traits, form }: Provider) =>
  z.strictObject({
    provider: z.literal(id),
    ...common,
    ratePerSecond: rateOf(traits).optional(),
    [settingsField(traits)]: form.create,
  })

/** The pace of a sender: what its provider allows, whole numbers unless it says otherwise. */
function rateOf({ ratePerSecondRange, ratePerSecond: usual }: ProviderTraits) {
  if (ratePerSecondRange === undefined) return ratePerSecond
  const { min, max } = ratePerSecondRange
  return z
    .number()
    .min(min)
    .max(max)
    .meta({
      description: `Messages a second that it may hand over on average; ${usual} by default, with a few at once.`,
    })
}

const viewOf = ({ id, form, connections }: Provider) =>
  z.object({
    provider: z.literal(id),
    ...sharedView,
    ...form.view,
    ...(connections !== undefined && { link: linkView }),
  })

/** The fields `credentials` and `settings` of a change, as the forms of the providers that have them want them. */
function settingsChanges(providers: readonly Provider[]): { credentials: z.ZodType; settings: z.ZodType } {
  const [credentials = z.undefined(), settings = z.undefined()] = [true, false].map((needed) => {
    const forms = providers
      .filter(({ traits }) => traits.needsCredentials === needed)
      .map(({ form }) => form.change)
    return forms.length > 1 ? z.union(forms) : forms[0]
  })
  return { credentials, settings }
}

export const sessionParams = z.strictObject({ id: idGiven.meta({ examples: [exampleId] }) })

export const sessionListQuery = z.strictObject({
  limit: wholeNumber(1, 200).default(20),
  page: wholeNumber(1, 100_000).default(1),
  cursor: z.uuid().optional().meta({ description: 'nextCursor of the page before; stronger than page.' }),
})

export const removedSessionAnswer = success(z.object({ id: z.uuid(), removed: z.literal(true) })).meta({
  examples: [{ success: true, data: { id: exampleId, removed: true } }],
})
