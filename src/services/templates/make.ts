import type { Context } from '../../context.ts'
import { deleteTemplates, findTemplateById, storeSubmitted } from '../../db/stores/templates/made.ts'
import { findTemplate, type TemplateRecord } from '../../db/stores/templates/templates.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { AppError, invalidField } from '../../domain/app-error.ts'
import type { Template } from '../../domain/templates/definition.ts'
import {
  checkContent,
  categoryOf,
  type DraftComponent,
  type TemplateDraft,
} from '../../domain/templates/draft.ts'
import { languageCode } from '../../domain/templates/language.ts'
import { exampleText } from '../../domain/templates/text.ts'
import type { Refusal, TemplateMaker } from '../../providers/contract.ts'
import { refusedByProvider } from '../senders/refused.ts'
import { forgetCached } from './cache.ts'
import { chooseSource } from './list.ts'
import { freshList, publishChanges, refreshSoon, type TemplateSource } from './refresh.ts'

/** Which sender's templates; null: the account's default. */
interface Named {
  session: string | null
}

/**
 * Submits a template for the provider's approval, in each of its languages, and keeps it as submitted. Throws
 * `template_exists`, `template_refused` with the provider's words, and what reading the list does.
 */
export async function createTemplate(
  ctx: Context,
  caller: Caller,
  { session, draft }: Named & { draft: TemplateDraft },
): Promise<TemplateRecord[]> {
  const { source, maker } = await openMaker(ctx, caller, session)
  await freshList(ctx, source)
  await assertNew(ctx, source, draft)
  const answer = await maker.create(draft, ctx.outOfTime)
  if (!answer.ok) throw refused(answer, source)
  return store(
    ctx,
    source,
    answer.templates.map((one) => ({ ...one, name: draft.name, components: draft.components })),
  )
}

/** Throws `template_exists` for what would be made again, unless it is to be brought up to date. */
async function assertNew(
  ctx: Context,
  source: TemplateSource,
  { name, languages, upsert }: TemplateDraft,
): Promise<void> {
  const known = await findTemplate(ctx.db, source, name)
  if (upsert || known.every(({ language }) => !languages.includes(language))) return
  throw new AppError(
    'template_exists',
    `The template ${name} exists in ${languages.join()}: change or delete it.`,
  )
}

/** Which template: by its name or the provider's id. A name in several languages needs one of them. */
interface Which extends Named {
  nameOrId: string
  language: string | null
}

/** The new values; what is absent stays. */
export interface TemplatePatch {
  category?: string | undefined
  components?: DraftComponent[] | undefined
  ttlSeconds?: number | undefined
}

/**
 * Submits a change of a template, which the provider judges again. Throws `template_not_found`, `validation_failed`,
 * `template_refused`, and what reading the list does.
 */
export async function changeTemplate(
  ctx: Context,
  caller: Caller,
  { patch, ...which }: Which & { patch: TemplatePatch },
): Promise<TemplateRecord> {
  const { source, maker } = await openMaker(ctx, caller, which.session)
  const [before, ...others] = await find(ctx, source, which)
  if (before === undefined) throw noSuchTemplate()
  if (others.length > 0) throw invalidField('language', 'is required: the template has several languages')
  assertContent(before, patch)
  const { externalId, name } = before
  if (externalId === null) throw new AppError('template_refused', 'This template cannot be changed.')
  const given = { ...patch, category: categoryOf(patch.category) ?? undefined }
  const change = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const answer = await maker.change({ externalId, name, ...change }, ctx.outOfTime)
  if (!answer.ok) throw refused(answer, source)
  const status = answer.status ?? (patch.components === undefined ? before.status : 'PENDING')
  const { updatedAt: _, ...kept } = before
  const [stored] = await store(
    ctx,
    source,
    [{ ...kept, ...change, status, reason: answer.reason }],
    before.status,
  )
  if (answer.status === null) refreshSoon(ctx, source)
  return stored ?? before
}

function assertContent({ category }: TemplateRecord, patch: TemplatePatch): void {
  const [first] = checkContent(categoryOf(patch.category ?? category), patch)
  if (first !== undefined) throw invalidField(`draft.${first.path.join('.')}`, first.message)
}

/**
 * Deletes a template: by name in all its languages or the one that is named, by id in its own. Throws
 * `template_not_found`, `template_refused`, and what reading the list does.
 */
export async function removeTemplate(
  ctx: Context,
  caller: Caller,
  which: Which,
): Promise<{ name: string; languages: string[] }> {
  const { source, maker } = await openMaker(ctx, caller, which.session)
  const found = await find(ctx, source, which)
  const [first] = found
  if (first === undefined) throw noSuchTemplate()
  const one = which.language !== null || first.name !== which.nameOrId ? first : null
  if (one !== null && one.externalId === null) {
    throw new AppError('template_refused', 'This language cannot be deleted by itself.')
  }
  const answer = await maker.remove({ name: first.name, externalId: one?.externalId ?? null }, ctx.outOfTime)
  if (!answer.ok) throw refused(answer, source)
  await deleteTemplates(ctx.db, source, { name: first.name, language: one?.language ?? null })
  forgetCached(ctx, source)
  return { name: first.name, languages: found.map(({ language }) => language) }
}

/** A template as its reader would see it, with its examples filled in. */
export interface Preview {
  language: string
  header: string | null
  body: string | null
  footer: string | null
  buttons: string[]
}

/** Shows a draft without submitting it; of an authentication template the provider's own words. */
export async function previewTemplate(
  ctx: Context,
  caller: Caller,
  { session, draft }: Named & { draft: TemplateDraft },
): Promise<Preview[]> {
  const { source, maker } = await openMaker(ctx, caller, session)
  if (draft.category === 'AUTHENTICATION') {
    const answer = await maker.preview(draft, ctx.outOfTime)
    if (!answer.ok) throw refused(answer, source)
    return answer.previews.map((one) => ({ ...one, header: null }))
  }
  const of = (type: string) => draft.components.find((one) => one.type.toUpperCase() === type)
  const header = of('HEADER')
  return draft.languages.map((language) => ({
    language,
    header: header === undefined ? null : (exampleText(header) ?? header.format ?? null),
    body: exampleText(of('BODY')),
    footer: exampleText(of('FOOTER')),
    buttons: (of('BUTTONS')?.buttons ?? []).map(({ text, type }) => (typeof text === 'string' ? text : type)),
  }))
}

async function openMaker(
  ctx: Context,
  caller: Caller,
  session: string | null,
): Promise<{ source: TemplateSource; maker: TemplateMaker }> {
  const source = await chooseSource(ctx, caller, session)
  const maker = source.sender.channel.templates?.make
  if (maker !== undefined) return { source, maker }
  throw new AppError('template_refused', 'This sender has no templates that can be made through it.')
}

async function find(ctx: Context, source: TemplateSource, which: Which): Promise<TemplateRecord[]> {
  await freshList(ctx, source)
  const named = await findTemplate(ctx.db, source, which.nameOrId)
  const language = which.language === null ? null : languageCode(which.language)
  const wanted = named.filter((one) => language === null || one.language === language)
  if (named.length > 0) return wanted
  const byId = await findTemplateById(ctx.db, source, which.nameOrId)
  return byId === null ? [] : [byId]
}

async function store(
  ctx: Context,
  source: TemplateSource,
  templates: Template[],
  was: string | null = null,
): Promise<TemplateRecord[]> {
  const { accountId, businessAccountId } = source
  const stored = await storeSubmitted(ctx.db, source, templates)
  forgetCached(ctx, source)
  const changed = stored.filter(({ status }) => status !== was)
  publishChanges(
    ctx,
    changed.map(({ name, language, category, status, reason }) => ({
      accountId,
      businessAccountId,
      name,
      language,
      category,
      was,
      is: status,
      reason,
    })),
  )
  return stored
}

function refused(refusal: Refusal, { sender }: TemplateSource): AppError {
  return refusedByProvider(refusal, sender.provider.traits.label, {
    code: 'template_refused',
    says: 'does not take this template',
  })
}

function noSuchTemplate(): AppError {
  return new AppError('template_not_found', 'There is no such template in your WhatsApp business account.')
}
