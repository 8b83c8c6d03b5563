import type { Context } from '../../context.ts'
import type { ActiveSession, LiveSession, StoppedSession, Session } from '../../domain/sessions/session.ts'
import { publishEventsSoon } from '../webhooks/publish.ts'

// Each is called once a transition, by the process whose UPDATE made it, with the session as it is since.

/** Its breaker opened: sends wait, and it heals by itself. Not called again while probes go on to fail. */
export function sessionPaused(ctx: Context, session: ActiveSession): void {
  if (session.breaker.state === 'closed') return
  const { code, detail, until } = session.breaker
  ctx.log.warn({ ...who(session), code, until }, `a sender is paused: ${detail}`)
  const data = { ...sender(session), code, detail, pausedUntil: until.toISOString() }
  publishEventsSoon(ctx, [{ ...who(session), type: 'session.paused', data }])
}

/** Its breaker closed: a probe went through. */
export function sessionResumed(ctx: Context, session: ActiveSession): void {
  ctx.log.info(who(session), 'a sender goes on')
  publishEventsSoon(ctx, [{ ...who(session), type: 'session.resumed', data: sender(session) }])
}

/** Its provider refused it: nothing goes out until its owner acts. */
export function sessionStopped(ctx: Context, session: StoppedSession): void {
  const { reason } = session
  ctx.log.warn({ ...who(session), code: reason.code }, `a sender was stopped: ${reason.detail}`)
  publishEventsSoon(ctx, [
    { ...who(session), type: 'session.stopped', data: { ...sender(session), ...reason } },
  ])
}

/** Its credentials were verified; it sends again if it was stopped. */
export function sessionVerified(ctx: Context, session: LiveSession): void {
  ctx.log.info(who(session), 'a sender was verified')
  const { displayPhoneNumber, verifiedName, qualityRating } = session
  const facts = { displayPhoneNumber, verifiedName, qualityRating }
  publishEventsSoon(ctx, [
    { ...who(session), type: 'session.verified', data: { ...sender(session), ...facts } },
  ])
}

function who({ id, accountId }: Session): { sessionId: string; accountId: string } {
  return { sessionId: id, accountId }
}

function sender({ id, name, provider }: Session): { session: string; name: string; provider: string } {
  return { session: id, name, provider }
}
