import type { Context } from '../../context.ts'
import { stopSession } from '../../db/stores/sessions/write.ts'
import type { Session } from '../../domain/sessions/session.ts'
import { sessionStopped } from './state-changes.ts'
import { forgetSession } from './lookup.ts'

/** Stops a sender until its owner acts. */
export async function stopSender(
  ctx: Context,
  { session, code, detail }: { session: Session; code: string; detail: string },
): Promise<void> {
  const stopped = await stopSession(ctx.db, { id: session.id, code, detail, at: ctx.clock.now() })
  forgetSession(ctx, session)
  if (stopped !== null) sessionStopped(ctx, stopped)
}
