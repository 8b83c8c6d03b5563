import type { Context } from '../../context.ts'
import { invalidRequest } from '../../domain/app-error.ts'
import type { TemplateContent } from '../../domain/messages/content.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import type { Template } from '../../domain/templates/definition.ts'
import { checkTemplate, type KnownTemplate } from '../../domain/templates/check.ts'
import { cachedName, type CachedName } from './cache.ts'
import { loadSender } from '../senders/lookup.ts'
import { traitsOf } from '../senders/providers.ts'
import { confirmTemplates } from './confirm.ts'
import { isReportedStale, isFresh, refreshSoon, sourceOf, type TemplateSource } from './refresh.ts'

/**
 * Refuses a send whose template is known and does not fit: there is none of the name or language, it may not be
 * sent, or its parameters are others. A list may be old, so the provider is asked once more before; what is not known,
 * or cannot be asked, is no reason to refuse. Returns its definition, where that is known. Throws `validation_failed`.
 */
export async function assertTemplateFits(
  ctx: Context,
  session: LiveSession,
  content: TemplateContent,
): Promise<Template | null> {
  const { accountId, businessAccountId } = session
  const { templates } = traitsOf(ctx, session)
  if (templates === 'open') return assertOwnFits(ctx, session, content)
  if (businessAccountId === null || templates !== 'binding') return null
  const owner = { accountId, businessAccountId }
  const known = await cachedName(ctx, owner, content.name)
  if (known === null || !isFresh(ctx, known.list)) ctx.tasks.track(refreshFor(ctx, session))
  if (known === null || checkTemplate(readingOf(known), content).length === 0)
    return definitionIn(known, content)
  if (!isNews(known, content) && !(await isConfirmed(ctx, session, content)))
    return definitionIn(known, content)
  const sure = await cachedName(ctx, owner, content.name)
  const details = sure === null ? [] : checkTemplate(readingOf(sure), content)
  if (details.length > 0) throw invalidRequest(details)
  return definitionIn(sure, content)
}

function definitionIn(known: CachedName | null, { language }: TemplateContent): Template | null {
  return known?.templates.find((one) => one.language === language) ?? null
}

/** A provider that takes any template checks those that it has, and those that were made through it. */
async function assertOwnFits(
  ctx: Context,
  session: LiveSession,
  content: TemplateContent,
): Promise<Template | null> {
  const sender = await loadSender(ctx, session.id)
  const list = await sender?.channel.templates?.list(ctx.outOfTime)
  const source = sender === null ? null : sourceOf(sender)
  if (list?.ok !== true || source === null) return null
  const made = (await cachedName(ctx, source, content.name))?.templates ?? []
  const own = [...list.templates.filter(({ name }) => name === content.name), ...made]
  if (own.length === 0) return null
  const languages = new Map(own.map((template) => [template.language, { template, changed: false }]))
  const details = checkTemplate({ complete: true, languages }, content)
  if (details.length > 0) throw invalidRequest(details)
  return languages.get(content.language)?.template ?? null
}

/** True when the provider itself told of the template after the list was read: there is nothing to ask. */
function isNews(known: CachedName, content: TemplateContent): boolean {
  return readingOf(known).languages.get(content.language)?.changed ?? false
}

/** True when what is stored of the templates is what the provider says now. */
async function isConfirmed(ctx: Context, session: LiveSession, content: TemplateContent): Promise<boolean> {
  const source = await openSource(ctx, session)
  return source !== null && confirmTemplates(ctx, source, content)
}

/** Reads the list anew in the background. */
async function refreshFor(ctx: Context, session: LiveSession): Promise<void> {
  const source = await openSource(ctx, session)
  if (source !== null) refreshSoon(ctx, source)
}

/** Null for credentials that cannot be decrypted: they fail the send itself, later. */
async function openSource(ctx: Context, session: LiveSession): Promise<TemplateSource | null> {
  try {
    const sender = await loadSender(ctx, session.id)
    return sender === null ? null : sourceOf(sender)
  } catch (error) {
    ctx.log.warn({ err: error, sessionId: session.id }, 'templates could not be refreshed')
    return null
  }
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
