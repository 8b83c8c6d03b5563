import { breakerAt } from '../../../../domain/sessions/breaker.ts'
import type { Session } from '../../../../domain/sessions/session.ts'
import type { SessionDetail } from '../../../../services/sessions/read.ts'
import type { SessionView } from './schema.ts'

/** A session as its owner sees it at a moment: never a secret. `callbackUrl` is where Meta calls about it. */
export function presentSession(
  { session, settings }: SessionDetail,
  { now, callbackUrl }: { now: Date; callbackUrl: string },
): SessionView {
  const shared = sharedView(session, now)
  return session.provider === 'sandbox'
    ? { provider: 'sandbox', ...shared, settings: settings ?? {} }
    : {
        provider: 'whatsapp-cloud',
        ...shared,
        phoneNumberId: session.senderId,
        businessAccountId: session.businessAccountId,
        callbackUrl,
      }
}

function sharedView(session: Session, now: Date) {
  const breaker = breakerAt(session, now)
  return {
    id: session.id,
    name: session.name,
    default: session.isDefault,
    state: stateOf(session, breaker.state),
    stopped:
      session.state === 'stopped' && session.stopCode !== null
        ? { code: session.stopCode, detail: session.stopDetail ?? '' }
        : null,
    verifiedName: session.verifiedName,
    displayPhoneNumber: session.displayPhoneNumber,
    qualityRating: session.qualityRating,
    verifiedAt: session.verifiedAt?.toISOString() ?? null,
    pace: { ratePerSecond: session.ratePerSecond },
    onUnknown: session.onUnknown,
    breaker: { ...breaker, until: breaker.until?.toISOString() ?? null },
    lastError: lastErrorOf(session),
    createdAt: session.createdAt.toISOString(),
    updatedAt: session.updatedAt.toISOString(),
  }
}

function stateOf({ state }: Session, breaker: string): 'active' | 'paused' | 'stopped' {
  if (state === 'stopped') return 'stopped'
  return breaker === 'open' ? 'paused' : 'active'
}

function lastErrorOf({ lastErrorCode: code, lastErrorDetail, lastErrorAt }: Session) {
  if (code === null || lastErrorAt === null) return null
  return { code, detail: lastErrorDetail ?? '', at: lastErrorAt.toISOString() }
}
