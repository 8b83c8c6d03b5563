import { perContext, type Context } from '../../context.ts'
import { markVerifiedBySend } from '../../db/stores/sessions/verification.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { untilStored } from '../common/until-stored.ts'
import { forgetSession, type Sender } from './lookup.ts'

/** Sessions whose verification is being written: many messages of one are accepted before it is read again. */
const underWay = perContext(() => new Set<string>())

/**
 * Counts a sender as verified once its provider took a message with its credentials: nothing shows better that they
 * are the owner's. What callbacks brought for it until then is applied. Costs nothing for one that is verified.
 */
export function verifyByAcceptedSend(ctx: Context, { session, provider }: Sender): void {
  if (session.verifiedAt !== null || !provider.traits.needsCredentials) return
  if (underWay(ctx).has(session.id)) return
  underWay(ctx).add(session.id)
  ctx.tasks.track(
    untilStored(ctx, () => verify(ctx, session)).finally(() => underWay(ctx).delete(session.id)),
  )
}

async function verify(ctx: Context, session: LiveSession): Promise<void> {
  const verified = await markVerifiedBySend(ctx.db, session)
  forgetSession(ctx, session)
  if (verified !== null) ctx.log.info({ sessionId: session.id }, 'a sender was verified by a send')
}
