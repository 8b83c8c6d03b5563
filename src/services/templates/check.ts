import type { Context } from '../../context.ts'
import { AppError, invalidRequest } from '../../domain/app-error.ts'
import type { TemplateContent } from '../../domain/messages/content.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { checkTemplate, type KnownTemplate } from '../../domain/templates/check.ts'
import { knownName, type KnownName } from './cache.ts'
import { loadSender, type Sender } from '../senders/lookup.ts'
import { isTold, isYoung, refreshSoon, sourceOf } from './refresh.ts'

/** How old a list may be to refuse a send by it. */
const trustedMs = 15 * 60_000

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
  const sender = await senderOf(ctx, session)
  if (sender?.provider.traits.templates !== 'binding') return
  const source = sourceOf(sender)
  if (source === null) return
  const known = await knownName(ctx, source, content.name)
  if (known === null || !isYoung(ctx, known.list)) refreshSoon(ctx, source)
  if (known === null || !isTrusted(ctx, known)) return
  const details = checkTemplate(readingOf(known), content)
  if (details.length > 0) throw invalidRequest(details)
}

/** Credentials that cannot be opened are the pipeline's to tell. */
async function senderOf(ctx: Context, session: LiveSession): Promise<Sender | null> {
  try {
    return await loadSender(ctx, session.id)
  } catch (error) {
    if (error instanceof AppError) throw error
    ctx.log.warn({ err: error, sessionId: session.id }, 'a template was not checked')
    return null
  }
}

function isTrusted(ctx: Context, { list }: KnownName): boolean {
  return ctx.clock.now().getTime() - list.fetchedAt.getTime() < trustedMs
}

function readingOf({ list, templates }: KnownName): KnownTemplate {
  return {
    complete: !isTold(list),
    languages: new Map(
      templates.map((template) => [
        template.language,
        { template, changed: template.updatedAt > list.fetchedAt },
      ]),
    ),
  }
}
