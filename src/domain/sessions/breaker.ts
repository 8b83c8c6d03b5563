import type { BreakerRule } from '../breaker.ts'
import type { SendErrorCode } from '../messages/send-errors.ts'
import type { Session, SessionReason } from './session.ts'

/**
 * The conclusion from the end of an attempt about the way from us to the provider.
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
  media_conversion_failed: 'nothing',
  media_unreachable: 'nothing',
}

/** The verdict on an attempt that ended with this code; null: it was accepted. */
export function verdictOn(code: FailureCode | null): Verdict {
  return code === null ? 'answer' : (verdicts[code] ?? 'answer')
}

/** When the breaker of a sender opens. */
export const senderBreaker: BreakerRule = {
  outcomesMax: 20,
  windowMs: 60_000,
  forgetAfterMs: null,
  outcomesMin: 1,
  failingSubjectsMin: 5,
  failedShare: 0.75,
  lastsMs: 1_000,
  keepsSuccesses: false,
}

export const breakerTimes = {
  /** How long it stays open at first, doubling with each probe that fails, up to the most. */
  firstWaitMs: 5_000,
  waitMsMax: 300_000,
  /** How long messages are postponed at most before they look whether it still is: new settings end it early. */
  postponeMsMax: 30_000,
  /** While one message probes, the others look again this often. */
  lookAgainMs: 1_000,
} as const

/** How long a breaker stays open that has opened for the `trips`-th time in a row. */
export function breakerWaitMs(trips: number): number {
  return Math.min(breakerTimes.waitMsMax, breakerTimes.firstWaitMs * 2 ** Math.max(0, trips - 1))
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
