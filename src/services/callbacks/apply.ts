import type { Context } from '../../context.ts'
import { isUnavailable } from '../../db/client.ts'
import {
  insertCallbacks,
  markApplied,
  markUnapplied,
  type ArchivedCallback,
} from '../../db/stores/callbacks/callbacks.ts'
import { releaseHeldCallbacks } from '../../db/stores/callbacks/held.ts'
import { providerEvent, type ProviderEvent } from '../../domain/provider-event.ts'
import { togetherOrEach } from '../../kit/concurrency/together-or-each.ts'
import { applyStatuses } from './apply-statuses.ts'
import { publishElsewhere } from './kinds/elsewhere.ts'
import { applyTemplates, templateNotice } from './kinds/templates.ts'
import { storeInbound } from './kinds/inbound.ts'
import { storeEchoes } from './kinds/echoes.ts'
import { applyNotices } from './kinds/notices.ts'
import { learnPlaces } from './kinds/places.ts'
import { applyPreferences } from './kinds/preferences.ts'
import { findReceivers } from './receivers.ts'
import { report } from './report.ts'
import { ofKind, type Verified } from './verified.ts'

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

/** How long the process that received a callback has to apply it before the sweeper does. */
export const applyGraceMs = 15_000

/** Archives callbacks in one commit and applies them. What cannot be applied now, the sweeper applies. */
export async function archiveAndApply(ctx: Context, callbacks: ArchivedCallback[]): Promise<void> {
  await insertCallbacks(ctx.db, callbacks)
  await applyCallbacks(ctx, callbacks).catch((error: unknown) => {
    ctx.log.warn({ err: error }, 'callbacks are kept and will be applied later')
  })
}

async function keepForLater(ctx: Context, { id }: ArchivedCallback, error: unknown): Promise<void> {
  ctx.log.error({ err: error, callbacks: [id] }, 'a callback could not be applied; it is kept')
  await markUnapplied(ctx.db, [id], error instanceof Error ? error.message : String(error))
}

async function applyTogether(ctx: Context, callbacks: readonly ArchivedCallback[]): Promise<void> {
  const verified = callbacks.flatMap((callback) => verifiedEvents(ctx, callback))
  const [inbound, echoes] = [ofKind(verified, 'inbound'), ofKind(verified, 'echo')]
  const [preferences, notices] = [ofKind(verified, 'preference'), ofKind(verified, 'notice')]
  const receivers = await findReceivers(ctx, [...inbound, ...echoes, ...preferences, ...notices])
  await learnPlaces(ctx, verified)
  await applyStatuses(ctx, ofKind(verified, 'status'))
  await storeInbound(ctx, inbound, receivers)
  await storeEchoes(ctx, echoes, receivers)
  await applyPreferences(ctx, preferences, receivers)
  await publishElsewhere(ctx, ofKind(verified, 'elsewhere'))
  const handedOn = (await applyTemplates(ctx, ofKind(verified, 'template'))).map((update) => ({
    update,
    notice: templateNotice(update),
  }))
  const all = [...notices, ...handedOn.map(({ notice }) => notice)]
  const unclaimed = new Set<ProviderEvent>(
    (await applyNotices(ctx, all, receivers)).map(({ event }) => event),
  )
  for (const { update, notice } of handedOn) {
    if (unclaimed.has(notice.event) && update.knownTo.size === 0) unclaimed.add(update.one.event)
  }
  const ids = callbacks.map((callback) => callback.id)
  await markApplied(ctx.db, ids, receivers.held)
  // A sender that was verified after its events were found to be nobody's did not see that they are held.
  if (receivers.held.length > 0) await releaseHeldCallbacks(ctx.db)
  report(ctx, verified, { receivers, unclaimed })
}

function verifiedEvents(ctx: Context, callback: ArchivedCallback): Verified<ProviderEvent>[] {
  return readEvents(ctx, callback).map((event) => ({
    event,
    provider: callback.provider,
    verifiedBy: callback.sessionId,
    callbackId: callback.id,
    receivedAt: callback.receivedAt,
  }))
}

/** The events of a callback: in the provider's format, or in ours when the provider scheduled it itself. */
function readEvents(ctx: Context, callback: ArchivedCallback): ProviderEvent[] {
  const provider = ctx.providers.get(callback.provider)
  if (provider?.callbacks !== undefined) return provider.callbacks.parse(callback.body)
  return [providerEvent.parse(JSON.parse(callback.body.toString('utf8')))]
}
