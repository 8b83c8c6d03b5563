import { z } from 'zod'
import { sequence } from '../../graph-api/rules.ts'
import { receiptPlanPatch } from '../options.ts'

/** The points at which a rule can disturb a client. */
const point = z.enum(['send', 'login', 'register', 'query', 'upload', 'download'])
export type Point = z.infer<typeof point>

/**
 * The outcome of a request. `accepted` says on which side of the acceptance the client loses contact: an accepted
 * message reaches its recipient and the ledger.
 */
const outcome = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('accept') }),
  /**
   * `send`: an ack with this error; `login` and `register`: a failure with this reason; `query`: an error;
   * `upload` and `download`: this HTTP status.
   */
  z.strictObject({ kind: z.literal('error'), code: z.int() }),
  z.strictObject({ kind: z.literal('stream-error'), code: z.int(), accepted: z.boolean().default(false) }),
  z.strictObject({ kind: z.literal('drop'), accepted: z.boolean() }),
  /** No answer at all. */
  z.strictObject({ kind: z.literal('silence'), accepted: z.boolean() }),
])
export type Outcome = z.infer<typeof outcome>

const conditions = z.strictObject({
  on: point.default('send'),
  /** `phone:id`, or the phone for all its devices. */
  device: z.string().exactOptional(),
  /** The recipient's E.164 digits; the group's address for a group. */
  to: z.union([z.string(), z.array(z.string())]).exactOptional(),
  /** The WhatsApp message id. */
  id: z.string().exactOptional(),
  /** The namespace of a query (`usync`, `encrypt`, `w:m`, ...). */
  namespace: z.string().exactOptional(),
  /** The version of WhatsApp Web that the client says it is: `2.3000.1043857760`. */
  version: z.string().exactOptional(),
  /** Of those that meet all of the above: these ones, counted from 1. */
  nth: z.union([z.int(), z.array(z.int())]).exactOptional(),
  /** Every n-th of them. */
  every: z.int().min(1).exactOptional(),
  /** All but the first n of them. */
  after: z.int().min(0).exactOptional(),
  /** A share of them, 0 to 1, drawn from a fixed sequence so that runs repeat. */
  share: z.number().min(0).max(1).exactOptional(),
})
type Conditions = z.infer<typeof conditions>

export const rule = z.strictObject({
  id: z.string().exactOptional(),
  when: conditions.prefault({}),
  /** The rule ends after it was applied this often. */
  times: z.int().min(1).exactOptional(),
  /** The waiting time before the answer; an accepted message is accepted before it. */
  delayMs: z.number().min(0).default(0),
  outcome: outcome.default({ kind: 'accept' }),
  /** The number of times the server acknowledges a message. */
  acks: z.int().min(1).default(1),
  receipts: receiptPlanPatch.exactOptional(),
})
export type Rule = z.infer<typeof rule>
export type RuleInput = z.input<typeof rule>

/** The properties of a request that rules match. Fields that a point does not have are empty. */
export interface Arrival {
  on: Point
  device: string
  to: string
  id: string
  namespace: string
  version: string
}

interface ActiveRule {
  rule: Rule
  met: number
  applied: number
}

/** The rules in force. They are tried in order and the first that applies decides. */
export interface Rules {
  add(...inputs: RuleInput[]): void
  replace(...inputs: RuleInput[]): void
  clear(): void
  apply(arrival: Partial<Arrival> & { on: Point }): Rule | null
  list(): (Rule & { met: number; applied: number })[]
}

export function createRules(): Rules {
  let active: ActiveRule[] = []
  const draw = sequence(1)
  const activate = (inputs: RuleInput[]) =>
    inputs.map((input) => ({ rule: rule.parse(input), met: 0, applied: 0 }))

  return {
    add: (...inputs) => void active.push(...activate(inputs)),
    replace: (...inputs) => void (active = activate(inputs)),
    clear: () => void (active = []),
    list: () => active.map(({ rule, met, applied }) => ({ ...rule, met, applied })),
    apply(partial) {
      const arrival = { device: '', to: '', id: '', namespace: '', version: '', ...partial }
      for (const candidate of active) {
        if (candidate.applied >= (candidate.rule.times ?? Infinity)) continue
        if (!meets(candidate.rule.when, arrival)) continue
        candidate.met += 1
        if (!isDue(candidate.rule.when, candidate.met, draw)) continue
        candidate.applied += 1
        return candidate.rule
      }
      return null
    },
  }
}

/** True when the request takes effect, even if the client gets no answer. */
export function isAccepting(outcome: Outcome): boolean {
  return outcome.kind === 'accept' || ('accepted' in outcome && outcome.accepted)
}

function meets(when: Conditions, arrival: Arrival): boolean {
  const recipients = when.to === undefined ? null : [when.to].flat()
  return (
    when.on === arrival.on &&
    (when.device === undefined || when.device === arrival.device || isPhoneOf(when.device, arrival.device)) &&
    (recipients === null || recipients.some((to) => to.replace(/^\+/, '') === arrival.to)) &&
    (when.id ?? arrival.id) === arrival.id &&
    (when.namespace ?? arrival.namespace) === arrival.namespace &&
    (when.version ?? arrival.version) === arrival.version
  )
}

function isPhoneOf(phone: string, device: string): boolean {
  return device.startsWith(`${phone}:`)
}

function isDue(when: Conditions, met: number, draw: () => number): boolean {
  return (
    (when.nth === undefined || [when.nth].flat().includes(met)) &&
    (when.every === undefined || met % when.every === 0) &&
    met > (when.after ?? 0) &&
    (when.share === undefined || draw() < when.share)
  )
}
