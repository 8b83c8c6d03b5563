import type { Context } from '../../context.ts'
import type { ProviderEvent } from '../../domain/provider-event.ts'
import { countCallbackItems } from '../telemetry/metrics.ts'
import type { Receivers } from './receivers.ts'
import type { Verified } from './verified.ts'

/** How one item of a callback ended; receipts count themselves. */
type Outcome = 'applied' | 'held' | 'unclaimed' | 'unreadable'

/**
 * Counts what became of the items of callbacks, and logs those that reached nobody: the callback was answered with 200,
 * so this line is all that is left beside its archived bytes.
 */
export function report(
  ctx: Context,
  verified: readonly Verified<ProviderEvent>[],
  result: { receivers: Receivers; unclaimed: ReadonlySet<ProviderEvent> },
): void {
  const held = new Set(result.receivers.held.map(({ callbackId, senderId }) => `${callbackId} ${senderId}`))
  for (const one of verified) {
    if (one.event.kind === 'status') continue
    const outcome = outcomeOf(one, { ...result, held })
    countCallbackItems(ctx, one.event.kind, outcome, 1)
    if (outcome !== 'applied') ctx.log.info(lineOf(one), sentences[outcome])
  }
}

const sentences = {
  held: 'an item of a callback is kept until its sender is verified',
  unclaimed: 'an item of a callback is about no sender or business of ours',
  unreadable: 'a callback, or a part of it, could not be read',
} as const satisfies Record<Exclude<Outcome, 'applied'>, string>

function outcomeOf(
  one: Verified<ProviderEvent>,
  {
    held,
    unclaimed,
    receivers,
  }: { held: Set<string>; unclaimed: ReadonlySet<ProviderEvent>; receivers: Receivers },
): Outcome {
  const { event, callbackId } = one
  if (event.kind === 'unknown') return 'unreadable'
  if (event.kind === 'status' || event.kind === 'elsewhere') return 'applied'
  if (event.kind === 'template') return unclaimed.has(event) ? 'unclaimed' : 'applied'
  if (held.has(`${callbackId} ${event.senderId}`)) return 'held'
  if (event.kind === 'notice') return unclaimed.has(event) ? 'unclaimed' : 'applied'
  return receivers.of({ ...one, event }).length === 0 ? 'unclaimed' : 'applied'
}

/** Names and ids alone: the content of a callback is its sender's. */
function lineOf({ event, provider, callbackId }: Verified<ProviderEvent>) {
  return {
    callbackId,
    provider,
    kind: event.kind,
    ...(event.kind === 'notice' && { field: event.field, businessId: event.businessId }),
    ...(event.kind === 'unknown' && { reason: event.reason.slice(0, 200) }),
    ...('senderId' in event && { senderId: event.senderId }),
  }
}
