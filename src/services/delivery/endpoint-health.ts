import { perContext, type Context } from '../../context.ts'
import {
  emptyHistory,
  failsInARow,
  shouldOpen,
  withOutcome,
  type BreakerRule,
  type History,
  type Outcome,
} from '../../domain/breaker.ts'

/**
 * When the breaker of an endpoint opens. Convoy's numbers, counted over the latest outcomes in place of a fixed
 * window, so that a long good past does not hide present trouble.
 */
const endpointBreaker: BreakerRule = {
  outcomesMax: 32,
  windowMs: null,
  forgetAfterMs: 300_000,
  outcomesMin: 10,
  failingSubjectsMin: 1,
  failedShare: 0.7,
  lastsMs: 0,
  keepsSuccesses: true,
}
/** With so many failures in a row the fault is not in one server of many behind the URL. */
const rowMin = 3

/** The state of one endpoint, as this process saw it lately. */
export interface Health {
  /** Its breaker is open, as far as this process knows. */
  isOpen: boolean
  history: History
  successWrittenMs: number
}

/** Endpoints that are remembered; of more, the one that is known for the longest is forgotten. */
const endpointsMax = 10_000

const allHealth = perContext(() => new Map<string, Health>())

/** The health of an endpoint, as this process knows it. */
export function healthOf(ctx: Context, endpointId: string): Health {
  const all = allHealth(ctx)
  const found = all.get(endpointId)
  if (found !== undefined) return found
  const fresh: Health = { isOpen: false, history: emptyHistory, successWrittenMs: 0 }
  all.set(endpointId, fresh)
  for (const oldest of all.keys()) {
    if (all.size <= endpointsMax) break
    all.delete(oldest)
  }
  return fresh
}

/** Records the outcome of a delivery. True when the breaker has to open: then the history is forgotten. */
export function recordOutcome(health: Health, outcome: Omit<Outcome, 'atMs'>): boolean {
  health.history = withOutcome(endpointBreaker, health.history, { ...outcome, atMs: performance.now() })
  const opens = shouldOpen(endpointBreaker, health.history)
  if (opens) health.history = emptyHistory
  return opens
}

/** Whether the latest attempts all failed. */
export function isFailing({ history }: Health): boolean {
  return failsInARow(history, rowMin)
}

const successEveryMs = 60_000

/** Whether to write down that a healthy endpoint succeeded: now and then, not with every delivery. */
export function isSuccessWorthWriting(health: Health): boolean {
  const now = performance.now()
  if (health.successWrittenMs !== 0 && now - health.successWrittenMs < successEveryMs) return false
  health.successWrittenMs = now
  return true
}
