import { breakerAt, type BreakerView } from '../../../../domain/sessions/breaker.ts'
import type { LiveSession } from '../../../../domain/sessions/session.ts'
import type { Provider } from '../../../../providers/contract.ts'
import type { SessionDetail } from '../../../../services/sessions/read.ts'
import { presentLink } from './link-view.ts'
import type { SessionView } from './schema.ts'

/** A session as its owner sees it at a moment: never a secret. `callbackUrl` is where its provider sends callbacks. */
export function presentSession(
  { session, settings, link }: SessionDetail,
  { form }: Provider,
  { now, callbackUrl }: { now: Date; callbackUrl: string },
): SessionView {
  const own = form.show({ session, settings, callbackUrl })
  return {
    provider: session.provider,
    ...sharedView(session, now),
    ...own,
    ...(link !== null && { link: presentLink(link) }),
  }
}

function sharedView(session: LiveSession, now: Date) {
  const breaker = breakerAt(session, now)
  return {
    id: session.id,
    name: session.name,
    default: session.isDefault,
    state: stateOf(session, breaker.state),
    stopped: session.state === 'stopped' ? session.reason : null,
    verifiedName: session.verifiedName,
    displayPhoneNumber: session.displayPhoneNumber,
    qualityRating: session.qualityRating,
    verifiedAt: session.verifiedAt?.toISOString() ?? null,
    pace: { ratePerSecond: session.ratePerSecond },
    onUnknown: session.onUnknown,
    breaker: presentBreaker(breaker),
    health: session.health,
    lastError: session.lastError && { ...session.lastError, at: session.lastError.at.toISOString() },
    createdAt: session.createdAt.toISOString(),
    updatedAt: session.updatedAt.toISOString(),
  }
}

function stateOf({ state }: LiveSession, breaker: BreakerView['state']): 'active' | 'paused' | 'stopped' {
  if (state === 'stopped') return 'stopped'
  return breaker === 'open' ? 'paused' : 'active'
}

function presentBreaker(breaker: BreakerView) {
  return breaker.state === 'closed'
    ? { state: breaker.state, until: null, trips: 0, code: null, detail: null }
    : { ...breaker, until: breaker.until.toISOString() }
}
