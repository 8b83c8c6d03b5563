import type { SendErrorCode } from '../messages/send-errors.ts'
import type { Session, SessionReason } from './session.ts'

/**
 * What the end of an attempt says about the way from us to the provider.
 * - `failure`: the way is broken, for whatever message would have gone next.
 * - `answer`: the provider is there and judges messages one by one, whatever it thinks of this one.
 * - `nothing`: neither can be concluded.
 */
type Verdict = 'failure' | 'answer' | 'nothing'

/** Why an attempt did not end well; `outcome_unknown`: the request left, and no answer came. */
export type FailureCode = SendErrorCode | 'outcome_unknown'

/** Those codes that are no plain answer. Stands beside `sendErrors`, which says what follows for the message. */
const verdicts: Partial<Record<FailureCode, Verdict>> = {
  provider_unavailable: 'failure',
  connection_failed: 'failure',
  outcome_unknown: 'failure',
  session_maintenance: 'failure',
  // WhatsApp restricts a sender that goes on: this is what a pause protects from.
  sender_restricted: 'failure',
  // The provider is well and asks for a slower pace, which the pace gives it: no reason to turn sends away.
  throttled: 'nothing',
  // Invalid, or the provider's own fault: it does not say which, and the first is about one message.
  provider_ambiguous: 'nothing',
  // Our own doing.
  expired: 'nothing',
}

/** What an attempt says that ended with this code; null: it was accepted. */
export function verdictOn(code: FailureCode | null): Verdict {
  return code === null ? 'answer' : (verdicts[code] ?? 'answer')
}

export const breakerRules = {
  /** It opens when of the last outcomes ... */
  outcomesMax: 20,
  /** ... that are not older than this ... */
  windowMs: 60_000,
  /** ... those of so many messages are failures (one message that is tried again and again is one) ... */
  messagesMin: 5,
  /** ... and they are this share of all ... */
  failedShare: 0.75,
  /** ... for at least so long: a stall of ours or of the network fails many at once, and is over. */
  lastsMs: 1_000,
  /** How long it stays open at first, doubling with each probe that fails, up to the most. */
  firstWaitMs: 5_000,
  waitMsMax: 300_000,
  /** How long messages are put off at most before they look whether it still is: new settings end it early. */
  postponeMsMax: 30_000,
  /** While one message probes, the others look again this often. */
  lookAgainMs: 1_000,
} as const

/** One outcome that a process saw; `atMs` is of its monotonic clock. */
export interface SeenOutcome {
  messageId: string
  failed: boolean
  atMs: number
}

/** What a process saw of one sender lately. */
export interface Seen {
  outcomes: readonly SeenOutcome[]
  /** Since when failures prevail; null: they do not. */
  badSinceMs: number | null
}

export const nothingSeen: Seen = { outcomes: [], badSinceMs: null }

/** What was seen after one more outcome. Nothing at all when there is no failure in it. */
export function withOutcome(seen: Seen, outcome: SeenOutcome): Seen {
  const { outcomesMax, windowMs } = breakerRules
  const outcomes = [...seen.outcomes, outcome]
    .slice(-outcomesMax)
    .filter(({ atMs }) => outcome.atMs - atMs <= windowMs)
  if (!outcomes.some(({ failed }) => failed)) return nothingSeen
  return { outcomes, badSinceMs: failuresPrevail(outcomes) ? (seen.badSinceMs ?? outcome.atMs) : null }
}

function failuresPrevail(outcomes: readonly SeenOutcome[]): boolean {
  const failures = outcomes.filter(({ failed }) => failed)
  const messages = new Set(failures.map(({ messageId }) => messageId))
  return (
    messages.size >= breakerRules.messagesMin && failures.length >= outcomes.length * breakerRules.failedShare
  )
}

/** Whether what was seen is enough to pause a sender. */
export function shouldOpen({ outcomes, badSinceMs }: Seen): boolean {
  const last = outcomes.at(-1)
  if (last === undefined || badSinceMs === null) return false
  return last.failed && last.atMs - badSinceMs >= breakerRules.lastsMs
}

/** How long a breaker stays open that has opened for the `trips`-th time in a row. */
export function breakerWaitMs(trips: number): number {
  return Math.min(breakerRules.waitMsMax, breakerRules.firstWaitMs * 2 ** Math.max(0, trips - 1))
}

/** A circuit breaker at a moment. `half_open`: one message at a time probes whether sending works again. */
export type BreakerView =
  | { state: 'closed' }
  | ({ state: 'open' | 'half_open'; until: Date; trips: number } & SessionReason)

/** The breaker of a session at a moment. A session that does not send has none, so it is closed. */
export function breakerAt(session: Session, at: Date): BreakerView {
  if (session.state !== 'active' || session.breaker.state === 'closed') return { state: 'closed' }
  const { until, trips, code, detail } = session.breaker
  return { state: until > at ? 'open' : 'half_open', until, trips, code, detail }
}
