import type { Context } from '../../context.ts'
import { markSessionVerified } from '../../db/stores/sessions/write.ts'
import { AppError } from '../../domain/app-error.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { getSession } from './read.ts'
import { sessionVerified } from '../senders/state-changes.ts'
import { loadTemplatesSoon } from '../templates/list.ts'
import { forgetSession, openSender, type Sender } from '../senders/lookup.ts'

/** The provider's facts about a sender whose credentials it verified. */
export interface VerifiedCredentials {
  displayPhoneNumber: string | null
  verifiedName: string | null
  qualityRating: string | null
}

/**
 * Proves a session's credentials against its provider, and lets a stopped sender go again. Throws
 * `session_not_found`, `credentials_missing`, `credentials_rejected` and `provider_unreachable`.
 */
export async function verifySession(
  ctx: Context,
  accountId: string,
  id: string,
): Promise<VerifiedCredentials> {
  const { session } = await getSession(ctx, accountId, id)
  return verifyCredentials(ctx, session)
}

/** The same for a session at hand. */
export async function verifyCredentials(ctx: Context, session: LiveSession): Promise<VerifiedCredentials> {
  const facts = await askProvider(ctx, openOrRefuse(ctx, session))
  const verified = await markSessionVerified(ctx.db, { session, at: ctx.clock.now(), ...facts })
  forgetSession(ctx, session)
  if (verified === null) {
    throw new AppError(
      'credentials_missing',
      'The credentials were changed while they were being verified. Verify again.',
    )
  }
  sessionVerified(ctx, verified)
  ctx.tasks.track(loadTemplatesSoon(ctx, session.id))
  return facts
}

async function askProvider(ctx: Context, { provider, channel }: Sender): Promise<VerifiedCredentials> {
  const check = await channel.checkCredentials?.(AbortSignal.timeout(ctx.config.send.timeoutMs))
  if (check === undefined) throw new AppError('not_found', 'This sender has no credentials to verify.')
  const { label } = provider.traits
  if (check.ok) {
    const { displayPhoneNumber, verifiedName, qualityRating } = check
    return { displayPhoneNumber, verifiedName, qualityRating }
  }
  if (check.code === 'provider_unreachable' || check.code === 'provider_unavailable') {
    throw new AppError('provider_unreachable', `${label} could not be asked: ${check.detail}`, {
      retryAfterSeconds: 10,
    })
  }
  throw new AppError('credentials_rejected', `${label} does not accept these credentials: ${check.detail}`)
}

/** Credentials that no key opens any more have to be saved again. */
function openOrRefuse(ctx: Context, session: LiveSession): Sender {
  try {
    return openSender(ctx, session)
  } catch (error) {
    throw new AppError('credentials_missing', 'The saved credentials cannot be read any more.', {
      remedy: { do: 'save_credentials', again: true },
      cause: error,
    })
  }
}
