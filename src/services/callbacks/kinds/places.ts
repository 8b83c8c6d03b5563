import { perContext, type Context } from '../../../context.ts'
import { recordPlaces, type ReportedPlace } from '../../../db/stores/sessions/health.ts'
import type { ProviderEvent } from '../../../domain/provider-event.ts'
import type { Verified } from '../verified.ts'

/** How long what callbacks say of a sender's place counts as known. */
const knownMs = 60_000
const entriesMax = 10_000

const known = perContext(() => new Map<string, number>())

/**
 * Keeps which business and number the provider's callbacks name beside a sender, so that news of a whole business find
 * their senders. Only what the operator's secret verified counts, and a place that was kept a moment ago costs nothing.
 */
export async function learnPlaces(ctx: Context, verified: readonly Verified<ProviderEvent>[]): Promise<void> {
  const fresh = new Map<string, ReportedPlace & { provider: string }>()
  for (const one of verified) {
    const place = placeOf(one)
    if (place !== null && isNews(ctx, one.provider, place)) {
      fresh.set(`${one.provider} ${place.senderId}`, { ...place, provider: one.provider })
    }
  }
  for (const { provider, ...place } of fresh.values()) await recordPlaces(ctx.db, provider, [place])
}

function placeOf({ event, verifiedBy }: Verified<ProviderEvent>): ReportedPlace | null {
  if (verifiedBy !== null || (event.kind !== 'status' && event.kind !== 'inbound')) return null
  const { senderId, place } = event
  return senderId === null || place === undefined ? null : { senderId, ...place }
}

function isNews(
  ctx: Context,
  provider: string,
  { senderId, businessId, phoneNumber }: ReportedPlace,
): boolean {
  const places = known(ctx)
  const key = `${provider} ${senderId} ${businessId} ${phoneNumber}`
  const nowMs = performance.now()
  if ((places.get(key) ?? 0) > nowMs) return false
  const [oldest] = places.keys()
  if (places.size >= entriesMax && oldest !== undefined) places.delete(oldest)
  places.set(key, nowMs + knownMs)
  return true
}
