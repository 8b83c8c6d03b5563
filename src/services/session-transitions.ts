import type { Context } from '../context.ts'
import type { Session } from '../domain/session.ts'

// Each is called once a transition, by the process whose UPDATE made it, with the session as it is since.

/** Its breaker opened: sends wait, and it heals by itself. Not called again while probes go on to fail. */
export function sessionPaused(ctx: Context, session: Session): void {
  ctx.log.warn(
    { ...who(session), code: session.breakerCode, until: session.breakerUntil },
    `a sender is paused: ${session.breakerDetail ?? ''}`,
  )
}

/** Its breaker closed: a probe went through. */
export function sessionResumed(ctx: Context, session: Session): void {
  ctx.log.info(who(session), 'a sender goes on')
}

/** Its provider refused it: nothing goes out until its owner acts. */
export function sessionStopped(ctx: Context, session: Session): void {
  ctx.log.warn(
    { ...who(session), code: session.stopCode },
    `a sender was stopped: ${session.stopDetail ?? ''}`,
  )
}

/** Its credentials were proven; it goes again if it was stopped. */
export function sessionVerified(ctx: Context, session: Session): void {
  ctx.log.info(who(session), 'a sender was verified')
}

function who({ id, accountId }: Session): { sessionId: string; accountId: string } {
  return { sessionId: id, accountId }
}
