import type { Context } from '../../context.ts'
import { isUnavailable } from '../../db/client.ts'
import { markApplied, markUnapplied, type ArchivedCallback } from '../../db/stores/callbacks/callbacks.ts'
import {
  providerEvent,
  type ElsewhereEvent,
  type InboundEvent,
  type ProviderEvent,
  type StatusEvent,
  type TemplateEvent,
} from '../../domain/provider-event.ts'
import { togetherOrEach } from '../../kit/concurrency/together-or-each.ts'
import { applyStatuses } from './apply-statuses.ts'
import { publishElsewhere } from './apply-elsewhere.ts'
import { applyTemplates } from './apply-templates.ts'
import { storeInbound } from './apply-inbound.ts'

/** An event, and who vouches for it. */
export interface Verified<Event> {
  event: Event
  provider: string
  /** The session whose own secret verified it; null when the operator's secret did. */
  verifiedBy: string | null
}

/**
 * Reads archived callbacks and applies what they say, all of them as one set. Applying twice changes nothing. One
 * that cannot be applied is kept for another try; throws only `unavailable`.
 */
export async function applyCallbacks(ctx: Context, callbacks: ArchivedCallback[]): Promise<void> {
  if (callbacks.length === 0) return
  const apply = async (some: readonly ArchivedCallback[]): Promise<void[]> => {
    await applyTogether(ctx, some)
    return some.map(() => undefined)
  }
  const results = await togetherOrEach(callbacks, apply, { isPassing: isUnavailable })
  for (const [index, callback] of callbacks.entries()) {
    const result = results[index]
    if (result?.status !== 'rejected') continue
    // The database is away: this callback stays archived as it is, and the sweeper applies it.
    if (isUnavailable(result.reason)) throw result.reason
    await keepForLater(ctx, callback, result.reason)
  }
}

async function keepForLater(ctx: Context, { id }: ArchivedCallback, error: unknown): Promise<void> {
  ctx.log.error({ err: error, callbacks: [id] }, 'a callback could not be applied; it is kept')
  await markUnapplied(ctx.db, [id], error instanceof Error ? error.message : String(error))
}

async function applyTogether(ctx: Context, callbacks: readonly ArchivedCallback[]): Promise<void> {
  const verified = callbacks.flatMap((callback) =>
    readEvents(ctx, callback).map((event) => ({
      event,
      provider: callback.provider,
      verifiedBy: callback.sessionId,
    })),
  )
  await applyStatuses(ctx, verified.filter(isStatus))
  await storeInbound(ctx, verified.filter(isInbound))
  await applyTemplates(ctx, verified.filter(isTemplate))
  await publishElsewhere(ctx, verified.filter(isElsewhere))
  await markApplied(
    ctx.db,
    callbacks.map((callback) => callback.id),
  )
}

function isStatus(verified: Verified<ProviderEvent>): verified is Verified<StatusEvent> {
  return verified.event.kind === 'status'
}

function isInbound(verified: Verified<ProviderEvent>): verified is Verified<InboundEvent> {
  return verified.event.kind === 'inbound'
}

function isTemplate(verified: Verified<ProviderEvent>): verified is Verified<TemplateEvent> {
  return verified.event.kind === 'template'
}

function isElsewhere(verified: Verified<ProviderEvent>): verified is Verified<ElsewhereEvent> {
  return verified.event.kind === 'elsewhere'
}

/** The events of a callback: in the provider's format, or in ours when the provider scheduled it itself. */
function readEvents(ctx: Context, callback: ArchivedCallback): ProviderEvent[] {
  const provider = ctx.providers.get(callback.provider)
  if (provider?.callbacks !== undefined) return provider.callbacks.parse(callback.body)
  return [providerEvent.parse(JSON.parse(callback.body.toString('utf8')))]
}
