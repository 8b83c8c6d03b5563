import type { Context } from '../../context.ts'
import { findSessions } from '../../db/stores/sessions/read.ts'
import { applyTemplateNews, type TemplateNews } from '../../db/stores/templates/templates.ts'
import type { TemplateEvent } from '../../domain/provider-event.ts'
import { statusAfterEvent } from '../../domain/templates/check.ts'
import { after } from '../../kit/clock.ts'
import type { Proven } from './apply.ts'
import { forgetKnown } from '../templates/cache.ts'
import { noteChanges } from '../templates/refresh.ts'

/**
 * Takes what a provider tells of templates: their status at once, and that the list is to be read again. News that
 * the operator's secret proved are for every account that has read the business's list, which its own token let it
 * do; what one session's secret proved is for that session's account alone.
 */
export async function applyTemplates(ctx: Context, proven: Proven<TemplateEvent>[]): Promise<void> {
  if (proven.length === 0) return
  const provers = new Set(proven.flatMap(({ provedBy }) => (provedBy === null ? [] : [provedBy])))
  const owners = await findSessions(ctx.db, [...provers])
  const now = ctx.clock.now()
  const news = proven.flatMap(({ event, provedBy }): TemplateNews[] => {
    const owner = provedBy === null ? null : owners.get(provedBy)
    if (event.accountId === null || owner === undefined) return []
    return [newsOf(event, event.accountId, owner?.accountId ?? null, now)]
  })
  if (news.length === 0) return
  const { changes, owners: told } = await applyTemplateNews(ctx.db, newest(news), now)
  for (const owner of told) forgetKnown(ctx, owner)
  noteChanges(ctx, changes)
}

function newsOf(
  { event, at, ...rest }: TemplateEvent,
  businessAccountId: string,
  accountId: string | null,
  now: Date,
): TemplateNews {
  // Whole seconds: of what happened within one, news are newer than a reading.
  const happened = at === null ? now : after(new Date(at), 999)
  return {
    businessAccountId,
    accountId,
    name: rest.name,
    language: rest.language,
    status: statusAfterEvent(event.toUpperCase()),
    reason: rest.reason,
    // What is said to come from the future would make everything after it old.
    at: happened < now ? happened : now,
  }
}

/** Of several news of one template the last. They come in any order. */
function newest(news: TemplateNews[]): TemplateNews[] {
  const byTemplate = new Map<string, TemplateNews>()
  for (const one of news.toSorted((a, b) => a.at.getTime() - b.at.getTime())) {
    const key = [one.businessAccountId, one.accountId, one.name, one.language].join(' ')
    const before = byTemplate.get(key)
    // News of another kind say nothing of the status, and take none away.
    byTemplate.set(key, one.status === null && before !== undefined ? before : one)
  }
  return [...byTemplate.values()]
}
