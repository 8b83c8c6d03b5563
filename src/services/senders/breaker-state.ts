import { perContext, type Context } from '../../context.ts'
import { emptyHistory, shouldOpen, withOutcome, type History, type Outcome } from '../../domain/breaker.ts'
import { senderBreaker } from '../../domain/sessions/breaker.ts'
import type { Session } from '../../domain/sessions/session.ts'

/** The state of one sender's breaker as this process knows it. A sender without recent failures has none. */
interface Watch {
  history: History
  /** Open or half open: nothing goes out but a probe. */
  held: boolean
  /** When this process changed the breaker itself, on its monotonic clock: what it read before is stale. */
  changedMs: number
}

const watches = perContext(() => new Map<string, Watch>())

function watchOf(ctx: Context, sessionId: string): Watch {
  const found = watches(ctx).get(sessionId)
  if (found !== undefined) return found
  const fresh: Watch = { history: emptyHistory, held: false, changedMs: -Infinity }
  watches(ctx).set(sessionId, fresh)
  return fresh
}

/** Takes note of a session's row, which was asked for at `askedMs` (monotonic). */
export function syncBreaker(ctx: Context, session: Session, askedMs: number): void {
  const held = session.state === 'active' && session.breaker.state === 'opened'
  const known = watches(ctx).get(session.id)
  if (known === undefined ? !held : known.held === held || askedMs < known.changedMs) return
  watchOf(ctx, session.id).held = held
}

/** Takes note that this process itself opened or closed a breaker. */
export function setHeldBack(ctx: Context, sessionId: string, held: boolean): void {
  Object.assign(watchOf(ctx, sessionId), { history: emptyHistory, held, changedMs: performance.now() })
}

/** Whether a sender's messages have to wait for its breaker, as far as this process knows. */
export function isHeldBack(ctx: Context, sessionId: string): boolean {
  return watches(ctx).get(sessionId)?.held ?? false
}

/** Takes note of an outcome; true when it is time to open the breaker. */
export function watchOutcome(ctx: Context, sessionId: string, outcome: Omit<Outcome, 'atMs'>): boolean {
  const known = watches(ctx).get(sessionId)
  if (known?.held === true || (known === undefined && !outcome.failed)) return false
  const watch = watchOf(ctx, sessionId)
  watch.history = withOutcome(senderBreaker, watch.history, { ...outcome, atMs: performance.now() })
  if (watch.history === emptyHistory) watches(ctx).delete(sessionId)
  return shouldOpen(senderBreaker, watch.history)
}
