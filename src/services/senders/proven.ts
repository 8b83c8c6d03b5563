import type { Context } from '../../context.ts'
import { markSessionProven } from '../../db/stores/sessions/proof.ts'
import { forgetSession, type Sender } from './lookup.ts'

/**
 * Counts a sender as verified once its provider took a message with its credentials: nothing proves better that they
 * are the owner's. What callbacks brought for it until then is applied.
 */
export async function proveByAcceptedSend(ctx: Context, { session, provider }: Sender): Promise<void> {
  if (session.verifiedAt !== null || !provider.traits.needsCredentials) return
  const proven = await markSessionProven(ctx.db, session)
  forgetSession(ctx, session)
  if (proven !== null) ctx.log.info({ sessionId: session.id }, 'a sender was verified by a send')
}
