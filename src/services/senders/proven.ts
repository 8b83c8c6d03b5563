import { perContext, type Context } from '../../context.ts'
import { markSessionProven } from '../../db/stores/sessions/proof.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { untilStored } from '../common/until-stored.ts'
import { forgetSession, type Sender } from './lookup.ts'

/** Sessions whose proof is being written: many messages of one are accepted before it is read again. */
const underWay = perContext(() => new Set<string>())

/**
 * Counts a sender as verified once its provider took a message with its credentials: nothing proves better that they
 * are the owner's. What callbacks brought for it until then is applied. Costs nothing for one that is verified.
 */
export function proveByAcceptedSend(ctx: Context, { session, provider }: Sender): void {
  if (session.verifiedAt !== null || !provider.traits.needsCredentials) return
  if (underWay(ctx).has(session.id)) return
  underWay(ctx).add(session.id)
  ctx.tasks.track(untilStored(ctx, () => prove(ctx, session)).finally(() => underWay(ctx).delete(session.id)))
}

async function prove(ctx: Context, session: LiveSession): Promise<void> {
  const proven = await markSessionProven(ctx.db, session)
  forgetSession(ctx, session)
  if (proven !== null) ctx.log.info({ sessionId: session.id }, 'a sender was verified by a send')
}
