// The rule by which a circuit breaker opens, for senders whose provider fails and for webhook endpoints that fail.
// Pure: a process judges by the outcomes that it saw itself, and shares the verdict through the row in Postgres.

/** When failures are enough to open a breaker. */
export interface BreakerRule {
  /** So many of the last outcomes count. */
  outcomesMax: number
  /** Outcomes older than this count no more; null: however old they are. */
  windowMs: number | null
  /** After a silence of this length everything before it is forgotten; null: nothing is. */
  forgetAfterMs: number | null
  /** Fewer outcomes than this say nothing. */
  outcomesMin: number
  /** So many different subjects must have failed: one message that is tried again and again is one subject. */
  failingSubjectsMin: number
  /** The share of failures among the outcomes, from 0 to 1. */
  failedShare: number
  /** Failures must prevail for this long: a stall of ours or of the network fails many at once, and is over. */
  lastsMs: number
  /** False: outcomes are kept from the first failure on. */
  keepsSuccesses: boolean
}

/** One outcome that a process saw; `atMs` is of its monotonic clock. */
export interface Outcome {
  /** The message or delivery that it is about. */
  subject: string
  failed: boolean
  atMs: number
}

/** The outcomes that a process saw of one sender or endpoint lately. */
export interface History {
  outcomes: readonly Outcome[]
  /** Since when failures prevail; null: they do not. */
  prevailSinceMs: number | null
}

export const emptyHistory: History = { outcomes: [], prevailSinceMs: null }

/** The history with one more outcome. Empty when there is no failure in it and successes are not kept. */
export function withOutcome(rule: BreakerRule, history: History, outcome: Outcome): History {
  const { outcomesMax, windowMs, forgetAfterMs } = rule
  const last = history.outcomes.at(-1)
  const isForgotten = forgetAfterMs !== null && last !== undefined && outcome.atMs - last.atMs > forgetAfterMs
  const outcomes = [...(isForgotten ? [] : history.outcomes), outcome]
    .slice(-outcomesMax)
    .filter(({ atMs }) => windowMs === null || outcome.atMs - atMs <= windowMs)
  if (!rule.keepsSuccesses && !outcomes.some(({ failed }) => failed)) return emptyHistory
  const prevail = failuresPrevail(rule, outcomes)
  return { outcomes, prevailSinceMs: prevail ? (history.prevailSinceMs ?? outcome.atMs) : null }
}

function failuresPrevail(rule: BreakerRule, outcomes: readonly Outcome[]): boolean {
  if (outcomes.length < rule.outcomesMin) return false
  const failures = outcomes.filter(({ failed }) => failed)
  if (failures.length < outcomes.length * rule.failedShare) return false
  return new Set(failures.map(({ subject }) => subject)).size >= rule.failingSubjectsMin
}

/** Whether a history is enough to open the breaker: its last outcome failed, and failures prevail for long enough. */
export function shouldOpen(rule: BreakerRule, { outcomes, prevailSinceMs }: History): boolean {
  const last = outcomes.at(-1)
  if (last === undefined || prevailSinceMs === null) return false
  return last.failed && last.atMs - prevailSinceMs >= rule.lastsMs
}

/** Whether the latest outcomes, so many of them, all failed. */
export function failsInARow({ outcomes }: History, count: number): boolean {
  return outcomes.length >= count && outcomes.slice(-count).every(({ failed }) => failed)
}
