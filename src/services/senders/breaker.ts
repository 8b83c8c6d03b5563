import { perContext, type Context } from '../../context.ts'
import {
  claimProbe,
  closeBreaker,
  endBreakerPause,
  recordSessionError,
  openBreaker,
  releaseProbe,
  reopenBreaker,
} from '../../db/stores/sessions/breakers.ts'
import { breakerWaitMs, verdictOn, type FailureCode } from '../../domain/sessions/breaker.ts'
import { sendErrors } from '../../domain/messages/send-errors.ts'
import type { LiveSession, Session, SessionReason } from '../../domain/sessions/session.ts'
import { newId } from '../../kit/id.ts'
import type { SendOutcome } from '../../providers/contract.ts'
import { setHeldBack, watchOutcome } from './breaker-state.ts'
import { sessionPaused, sessionResumed } from './state-changes.ts'
import { forgetSession } from './lookup.ts'
import { hasConnection, traitsOf } from './providers.ts'

/** The right to send one message of a sender whose breaker is half open. */
export interface Probe {
  sessionId: string
  /** Proves whose right it is. */
  id: string
  /** How often the breaker opened in a row before. */
  trips: number
}

/** The right to probe, for as long as a message can be in flight; null when another process has it. */
export async function claimProbeRight(ctx: Context, session: Session): Promise<Probe | null> {
  const id = newId()
  const leaseMs = ctx.config.send.leaseMs
  const claimed = await claimProbe(ctx.db, { id: session.id, probe: id, leaseMs })
  return claimed === null ? null : { sessionId: session.id, id, trips: claimed.trips }
}

/** For a message that was not sent after all: another may probe at once. */
export async function releaseProbeRight(ctx: Context, { sessionId, id }: Probe): Promise<void> {
  await releaseProbe(ctx.db, { id: sessionId, probe: id })
}

/**
 * For a sender with new settings, of which its failures said nothing: if it is paused, the next message may find out
 * whether it works now. Returns the session as it is since.
 */
export async function retrySoon(ctx: Context, session: LiveSession): Promise<LiveSession> {
  return (await endBreakerPause(ctx.db, session.id)) ?? session
}

/** The end of an attempt, as the breaker sees it. */
export interface Ended {
  session: Session
  messageId: string
  outcome: SendOutcome
  /** The right that it was sent under, if the breaker was half open. */
  probe: Probe | null
}

/**
 * Draws the conclusions of one attempt for its sender: enough failures open the breaker, a probe closes it or
 * opens it for longer. Each process judges by what it saw itself; a sender that is well costs no query.
 */
export async function concludeOutcome(ctx: Context, ended: Ended): Promise<void> {
  const { session, messageId, outcome, probe } = ended
  if (traitsOf(ctx, session).isPlayground || hasConnection(ctx, session)) return
  const sign = signOf(ctx, outcome)
  if (probe !== null) return concludeProbe(ctx, session, probe, sign)
  if (sign.verdict === 'answer') {
    watchOutcome(ctx, session.id, { subject: messageId, failed: false })
    return
  }
  if (isAboutSender(sign.reason)) await recordError(ctx, session, sign.reason)
  if (sign.verdict === 'nothing') return
  if (watchOutcome(ctx, session.id, { subject: messageId, failed: true }))
    await open(ctx, session, sign.reason)
}

/** The conclusion from an outcome about the way to the provider. */
type Sign = { verdict: 'answer' } | { verdict: 'failure' | 'nothing'; reason: Reason }

function signOf(ctx: Context, outcome: SendOutcome): Sign {
  const reason = reasonOf(outcome)
  const verdict = verdictOn(reason?.code ?? null)
  if (reason === null || verdict === 'answer') return { verdict: 'answer' }
  // A process that stops cuts its sends off itself.
  return { verdict: ctx.stopping.aborted ? 'nothing' : verdict, reason }
}

interface Reason extends SessionReason {
  code: FailureCode
}

function reasonOf(outcome: SendOutcome): Reason | null {
  switch (outcome.outcome) {
    case 'accepted':
      return null
    case 'unknown':
      return { code: 'outcome_unknown', detail: outcome.detail }
    case 'refused':
      return { code: outcome.code, detail: outcome.detail }
  }
}

async function open(ctx: Context, session: Session, reason: Reason): Promise<void> {
  setHeldBack(ctx, session.id, true)
  const opened = await openBreaker(ctx.db, { id: session.id, waitMs: breakerWaitMs(1), ...reason })
  forgetSession(ctx, session)
  // Null: another process was faster, or its owner stopped or removed the session.
  if (opened !== null) sessionPaused(ctx, opened)
}

async function concludeProbe(ctx: Context, session: Session, probe: Probe, sign: Sign): Promise<void> {
  const right = { id: probe.sessionId, probe: probe.id }
  switch (sign.verdict) {
    case 'nothing':
      await releaseProbeRight(ctx, probe)
      break
    case 'failure': {
      const waitMs = breakerWaitMs(probe.trips + 1)
      await reopenBreaker(ctx.db, { ...right, waitMs, ...sign.reason })
      break
    }
    case 'answer': {
      const closed = await closeBreaker(ctx.db, right)
      if (closed !== null) {
        setHeldBack(ctx, probe.sessionId, false)
        sessionResumed(ctx, closed)
      }
    }
  }
  forgetSession(ctx, session)
}

/** Whether a refusal is about the sender or the way to its provider, rather than one message. */
function isAboutSender({ code }: Reason): boolean {
  return verdictOn(code) === 'failure' || (code !== 'outcome_unknown' && sendErrors[code].scope === 'session')
}

/** A sender's last error is as fresh as this. */
const errorEveryMs = 5_000
const errorNotes = perContext(() => new Map<string, number>())

/** Keeps the last error of a sender, not more often than every few seconds. */
async function recordError(ctx: Context, { id }: Session, reason: Reason): Promise<void> {
  const notes = errorNotes(ctx)
  const now = performance.now()
  for (const [other, againMs] of notes) if (againMs < now) notes.delete(other)
  if (notes.has(id)) return
  notes.set(id, now + errorEveryMs)
  await recordSessionError(ctx.db, { id, ...reason, at: ctx.clock.now() })
}
