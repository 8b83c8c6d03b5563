import type { ProviderEvent } from '../../domain/provider-event.ts'

/** An event, and who vouches for it. */
export interface Verified<Event> {
  event: Event
  provider: string
  /** The session whose own secret verified it; null when the operator's secret did. */
  verifiedBy: string | null
  /** The archived callback that it stands in. */
  callbackId: string
  receivedAt: Date
}

/** Those events that are of one kind. */
export function ofKind<Kind extends ProviderEvent['kind']>(
  verified: readonly Verified<ProviderEvent>[],
  kind: Kind,
): Verified<Extract<ProviderEvent, { kind: Kind }>>[] {
  return verified.flatMap(({ event, ...rest }) => (isKind(event, kind) ? [{ ...rest, event }] : []))
}

function isKind<Kind extends ProviderEvent['kind']>(
  event: ProviderEvent,
  kind: Kind,
): event is Extract<ProviderEvent, { kind: Kind }> {
  return event.kind === kind
}
