import { z } from 'zod'
import { callbackPlanPatch } from './options.ts'
import type { Json } from '../http.ts'

/** The parts of the API that a rule can disturb. */
const endpoint = z.enum(['messages', 'phone', 'media', 'templates', 'subscribed_apps'])
export type Endpoint = z.infer<typeof endpoint>

/** What becomes of a request. `accepted` says on which side of the acceptance the sender loses contact. */
const outcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('accept') }),
  z.strictObject({
    kind: z.literal('error'),
    code: z.int(),
    /** Overrides the documented HTTP status. */
    status: z.int().min(400).max(599).optional(),
    details: z.string().optional(),
    retryAfterSeconds: z.int().optional(),
  }),
  z.strictObject({ kind: z.literal('html'), status: z.int().min(500).max(599).default(502) }),
  z.strictObject({ kind: z.literal('drop'), accepted: z.boolean() }),
  z.strictObject({ kind: z.literal('hang'), accepted: z.boolean() }),
])
export type Outcome = z.infer<typeof outcome>

const conditions = z.strictObject({
  endpoint: endpoint.default('messages'),
  to: z.union([z.string(), z.array(z.string())]).optional(),
  phoneNumberId: z.string().optional(),
  type: z.string().optional(),
  correlationId: z.string().optional(),
  /** Of the requests that meet all of the above: these ones, counted from 1. */
  nth: z.union([z.int(), z.array(z.int())]).optional(),
  /** Every n-th of them. */
  every: z.int().min(1).optional(),
  /** All but the first n of them. */
  after: z.int().min(0).optional(),
  /** A share of them, 0 to 1, drawn from a fixed sequence so that runs repeat. */
  share: z.number().min(0).max(1).optional(),
})
type Conditions = z.infer<typeof conditions>

export const rule = z.strictObject({
  id: z.string().optional(),
  when: conditions.prefault({}),
  /** The rule ends after it was applied this often. */
  times: z.int().min(1).optional(),
  /** Waiting time before the answer; an accepted message is accepted, and reported, before it. */
  delayMs: z.number().min(0).default(0),
  outcome: outcome.default({ kind: 'accept' }),
  callbacks: callbackPlanPatch.optional(),
})
export type Rule = z.infer<typeof rule>

/** What a rule sees of a request. Fields that an endpoint does not have are empty. */
export interface Arrival {
  endpoint: Endpoint
  phoneNumberId: string
  to: string
  type: string
  correlationId: string | null
  body: Json
}

/** A rule as tests write it: as data, or with a function, which sees every endpoint, for its condition. */
export type RuleInput =
  | z.input<typeof rule>
  | (Omit<z.input<typeof rule>, 'when'> & { when: (arrival: Arrival) => boolean })

interface ActiveRule {
  rule: Rule
  holds: (arrival: Arrival) => boolean
  met: number
  applied: number
}

/** The rules in force. They are tried in order and the first that applies decides. */
export interface Rules {
  add(...inputs: RuleInput[]): void
  replace(...inputs: RuleInput[]): void
  clear(): void
  apply(arrival: Arrival): Rule | null
  list(): (Rule & { met: number; applied: number })[]
}

export function createRules(): Rules {
  let active: ActiveRule[] = []
  const draw = sequence(1)
  const activate = (inputs: RuleInput[]) => inputs.map(activeRule)

  return {
    add: (...inputs) => void active.push(...activate(inputs)),
    replace: (...inputs) => void (active = activate(inputs)),
    clear: () => void (active = []),
    list: () => active.map(({ rule, met, applied }) => ({ ...rule, met, applied })),
    apply(arrival) {
      for (const candidate of active) {
        if (candidate.applied >= (candidate.rule.times ?? Infinity) || !candidate.holds(arrival)) continue
        candidate.met += 1
        if (!isDue(candidate.rule.when, candidate.met, draw)) continue
        candidate.applied += 1
        return candidate.rule
      }
      return null
    },
  }
}

function activeRule(input: RuleInput): ActiveRule {
  const { when, ...rest } = input
  if (typeof when === 'function') return { rule: rule.parse(rest), holds: when, met: 0, applied: 0 }
  const parsed = rule.parse({ ...rest, when })
  return { rule: parsed, holds: (arrival) => meets(parsed.when, arrival), met: 0, applied: 0 }
}

function meets(when: Conditions, arrival: Arrival): boolean {
  const recipients = when.to === undefined ? null : [when.to].flat()
  return (
    when.endpoint === arrival.endpoint &&
    (recipients === null || recipients.some((to) => to.replace(/^\+/, '') === arrival.to)) &&
    (when.phoneNumberId ?? arrival.phoneNumberId) === arrival.phoneNumberId &&
    (when.type ?? arrival.type) === arrival.type &&
    (when.correlationId ?? arrival.correlationId) === arrival.correlationId
  )
}

function isDue(when: Conditions, met: number, draw: () => number): boolean {
  return (
    (when.nth === undefined || [when.nth].flat().includes(met)) &&
    (when.every === undefined || met % when.every === 0) &&
    met > (when.after ?? 0) &&
    (when.share === undefined || draw() < when.share)
  )
}

/** A repeatable sequence of numbers in [0, 1): mulberry32. */
export function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
