import type { Context } from '../../context.ts'
import { findSessions } from '../../db/stores/sessions/read.ts'
import { applyTemplateUpdates, type TemplateUpdate } from '../../db/stores/templates/templates.ts'
import type { TemplateEvent } from '../../domain/provider-event.ts'
import { statusAfterEvent } from '../../domain/templates/check.ts'
import { after } from '../../kit/clock.ts'
import type { Verified } from './verified.ts'
import { forgetCached } from '../templates/cache.ts'
import { publishChanges } from '../templates/refresh.ts'

/**
 * Applies a provider's updates of templates: their status at once, and that the list is to be read again. Updates that
 * the operator's secret verified are for every account that has read the business's list, which its own token let it
 * do; those that one session's secret verified are for that session's account alone.
 */
export async function applyTemplates(ctx: Context, verified: Verified<TemplateEvent>[]): Promise<void> {
  if (verified.length === 0) return
  const verifiers = new Set(verified.flatMap(({ verifiedBy }) => (verifiedBy === null ? [] : [verifiedBy])))
  const owners = await findSessions(ctx.db, [...verifiers])
  const now = ctx.clock.now()
  const updates = verified.flatMap(({ event, verifiedBy }): TemplateUpdate[] => {
    const owner = verifiedBy === null ? null : owners.get(verifiedBy)
    if (event.accountId === null || owner === undefined) return []
    return [updateOf(event, event.accountId, owner?.accountId ?? null, now)]
  })
  if (updates.length === 0) return
  const { changes, owners: told } = await applyTemplateUpdates(ctx.db, newest(updates), now)
  for (const owner of told) forgetCached(ctx, owner)
  publishChanges(ctx, changes)
}

function updateOf(
  { event, at, ...rest }: TemplateEvent,
  businessAccountId: string,
  accountId: string | null,
  now: Date,
): TemplateUpdate {
  // Meta's times are whole seconds: an update of the same second as a reading counts as the newer one.
  const happened = at === null ? now : after(new Date(at), 999)
  return {
    businessAccountId,
    accountId,
    name: rest.name,
    language: rest.language,
    status: statusAfterEvent(event.toUpperCase()),
    reason: rest.reason,
    // An update with a time in the future would make everything after it look old.
    at: happened < now ? happened : now,
  }
}

/** The last of several updates of one template. They come in any order. */
function newest(updates: TemplateUpdate[]): TemplateUpdate[] {
  const byTemplate = new Map<string, TemplateUpdate>()
  for (const one of updates.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    const key = [one.businessAccountId, one.accountId, one.name, one.language].join(' ')
    const before = byTemplate.get(key)
    // News of another kind say nothing of the status, and take none away.
    byTemplate.set(key, one.status === null && before !== undefined ? before : one)
  }
  return [...byTemplate.values()]
}
