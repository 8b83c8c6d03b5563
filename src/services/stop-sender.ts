import type { Context } from '../context.ts'
import { stopSession } from '../db/stores/session-writes.ts'
import type { Session } from '../domain/session.ts'
import { sessionStopped } from './session-transitions.ts'
import { forgetSession } from './sessions.ts'

/** Stops a sender until its owner acts. */
export async function stopSender(
  ctx: Context,
  { session, code, detail }: { session: Session; code: string; detail: string },
): Promise<void> {
  const stopped = await stopSession(ctx.db, { id: session.id, code, detail, at: ctx.clock.now() })
  forgetSession(ctx, session)
  if (stopped !== null) sessionStopped(ctx, stopped)
}
