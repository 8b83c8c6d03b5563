import type { Context } from '../../context.ts'
import {
  countTemplates,
  findTemplate,
  listTemplates,
  type TemplateFilter,
  type TemplateRecord,
} from '../../db/stores/templates/templates.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import { languageCode } from '../../domain/templates/language.ts'
import { pageOf, rangeOf, type PageRequest } from '../../kit/page.ts'
import { loadSender, pickSession } from '../senders/lookup.ts'
import { freshList, refreshSoon, sourceOf, type ListFreshness, type TemplateSource } from './refresh.ts'

// The front door of the room: the templates of a sender. The others: `refresh` reads them from the provider and
// publishes what changed, `make` submits, changes and deletes them, `cache` keeps them, `check` refuses a send that does not fit its template,
// for which `confirm` asks the provider once more.

export type { TemplateRecord } from '../../db/stores/templates/templates.ts'

/** Which templates to list; a filter that is null lists all. */
export interface TemplateRequest extends PageRequest {
  session: string | null
  name: string | null
  status: string | null
  language: string | null
}

export interface TemplatePage extends ListFreshness {
  templates: TemplateRecord[]
  page: number
  limit: number
  total: number
  nextCursor: string | null
}

/**
 * A page of the templates of a sender's business, by name and language. Throws `session_not_found`,
 * `credentials_missing`, `session_stopped`, `business_account_missing`, `provider_unreachable` and
 * `credentials_rejected`.
 */
export async function findTemplates(
  ctx: Context,
  caller: Caller,
  { session, cursor, page, limit, ...wanted }: TemplateRequest,
): Promise<TemplatePage> {
  const source = await chooseSource(ctx, caller, session)
  const freshness = await freshList(ctx, source)
  const filter: TemplateFilter = {
    ...wanted,
    language: wanted.language === null ? null : languageCode(wanted.language),
    accountId: source.accountId,
    businessAccountId: source.businessAccountId,
    after: cursor === null ? null : placeOf(cursor),
    ...rangeOf({ limit, page, cursor }),
  }
  const [found, total] = await Promise.all([listTemplates(ctx.db, filter), countTemplates(ctx.db, filter)])
  const { rows: templates, nextCursor } = pageOf(found, limit, ({ name, language }) => `${name}:${language}`)
  return { templates, page, limit, total, nextCursor, ...freshness }
}

function placeOf(cursor: string): { name: string; language: string } {
  const [name = '', language = ''] = cursor.split(':')
  return { name, language }
}

/** All languages of a template. Throws `template_not_found`, and what `findTemplates` does. */
export async function getTemplate(
  ctx: Context,
  caller: Caller,
  { name, session }: { name: string; session: string | null },
): Promise<{ languages: TemplateRecord[] } & ListFreshness> {
  const source = await chooseSource(ctx, caller, session)
  const freshness = await freshList(ctx, source)
  const languages = await findTemplate(ctx.db, source, name)
  if (languages.length > 0) return { languages, ...freshness }
  throw new AppError('template_not_found', 'There is no such template in your WhatsApp business account.')
}

/** The business behind a sender of a caller. Throws what `findTemplates` does of choosing one. */
export async function chooseSource(
  ctx: Context,
  caller: Caller,
  named: string | null,
): Promise<TemplateSource> {
  const session = await pickSession(ctx, { caller, named, dryRun: false })
  const sender = await loadSender(ctx, session.id)
  const source = sender === null ? null : sourceOf(sender)
  if (source !== null) return source
  throw new AppError(
    'business_account_missing',
    'Templates belong to a WhatsApp business account, and it is not known which one is yours.',
    { remedy: { do: 'save_business_account' } },
  )
}

/**
 * Reads the templates of a sender whose credentials were just verified, in the background, so that sends can be checked
 * by them. Never in the way of what it follows.
 */
export async function loadTemplatesSoon(ctx: Context, sessionId: string): Promise<void> {
  try {
    const sender = await loadSender(ctx, sessionId)
    const source = sender === null ? null : sourceOf(sender)
    if (source !== null) refreshSoon(ctx, source)
  } catch (error) {
    ctx.log.warn({ err: error, sessionId }, 'templates were not read after the credentials were verified')
  }
}
