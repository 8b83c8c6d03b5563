import type { Context } from '../../context.ts'
import { invalidRequest } from '../../domain/app-error.ts'
import type { TemplateContent } from '../../domain/messages/content.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { checkTemplate, type KnownTemplate } from '../../domain/templates/check.ts'
import { cachedName, type CachedName } from './cache.ts'
import { loadSender } from '../senders/lookup.ts'
import { traitsOf } from '../senders/providers.ts'
import { isReportedStale, isFresh, refreshSoon, sourceOf } from './refresh.ts'

/** How old a list may be to refuse a send by it. */
const recentMs = 15 * 60_000

/**
 * Refuses a send whose template is known and does not fit: there is none of the name or language, it may not be
 * sent, or its parameters are others. What is not known is no reason to refuse; then it is found out in the
 * background. Throws `validation_failed`.
 */
export async function assertTemplateFits(
  ctx: Context,
  session: LiveSession,
  content: TemplateContent,
): Promise<void> {
  const { accountId, businessAccountId } = session
  if (businessAccountId === null || traitsOf(ctx, session).templates !== 'binding') return
  const known = await cachedName(ctx, { accountId, businessAccountId }, content.name)
  if (known === null || !isFresh(ctx, known.list)) ctx.tasks.track(refreshFor(ctx, session))
  if (known === null || !isRecent(ctx, known)) return
  const details = checkTemplate(readingOf(known), content)
  if (details.length > 0) throw invalidRequest(details)
}

/** Reads the list anew in the background. Credentials that cannot be decrypted fail the send itself, later. */
async function refreshFor(ctx: Context, session: LiveSession): Promise<void> {
  try {
    const sender = await loadSender(ctx, session.id)
    const source = sender === null ? null : sourceOf(sender)
    if (source !== null) refreshSoon(ctx, source)
  } catch (error) {
    ctx.log.warn({ err: error, sessionId: session.id }, 'templates could not be refreshed')
  }
}

function isRecent(ctx: Context, { list }: CachedName): boolean {
  return ctx.clock.now().getTime() - list.fetchedAt.getTime() < recentMs
}

function readingOf({ list, templates }: CachedName): KnownTemplate {
  return {
    complete: !isReportedStale(list),
    languages: new Map(
      templates.map((template) => [
        template.language,
        { template, changed: template.updatedAt > list.fetchedAt },
      ]),
    ),
  }
}
