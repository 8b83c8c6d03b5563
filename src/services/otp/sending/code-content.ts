import type { Context } from '../../../context.ts'
import { listCodeTemplates } from '../../../db/stores/templates/authentication.ts'
import { findTemplateList } from '../../../db/stores/templates/templates.ts'
import type { SentBy } from '../../../domain/accounts/account.ts'
import { AppError } from '../../../domain/app-error.ts'
import type { MessageContent } from '../../../domain/messages/content.ts'
import { bestLocale } from '../../../domain/otp/locale.ts'
import type { OtpService } from '../../../domain/otp/service.ts'
import { localesWithPlaces, otpText } from '../../../domain/otp/texts.ts'
import type { OtpWording } from '../../../domain/otp/wording.ts'
import type { LiveSession } from '../../../domain/sessions/session.ts'
import { hasConnection, traitsOf } from '../../senders/providers.ts'
import { loadSender } from '../../senders/lookup.ts'
import { namedTemplateContent, authenticationTemplate, wordsAreFixed } from './named-template.ts'
import {
  freshList,
  isFresh,
  refreshSoon,
  refreshTemplates,
  sourceOf,
  type TemplateSource,
} from '../../templates/refresh.ts'

/** The facts of a code before it is put into words. */
export interface CodeRequest {
  by: SentBy
  service: OtpService
  country: string | null
  /** The language that was asked for; null: none. */
  locale: string | null
  wording: OtpWording | null
}

/** How a sender puts a code into words. */
export interface CodeContent {
  locale: string
  fill(values: { code: string; lifeSeconds: number }): MessageContent
  /** For the owner, where the way is not the best, or not what was asked for. */
  warnings: string[]
}

/**
 * The content with which a session sends a code: the best approved authentication template where its provider demands
 * templates, else the text of the service. Throws `otp_template_missing` and `linked_device_refused`.
 */
export async function codeContentFor(
  ctx: Context,
  session: LiveSession,
  request: CodeRequest,
): Promise<CodeContent> {
  if (traitsOf(ctx, session).templates === 'binding') return templateContent(ctx, session, request)
  const warning = deviceWarningFor(ctx, session, request.service)
  return textContent(request, warning === null ? [] : [warning])
}

/** The warning that a service gives of a linked device; null for another sender. Throws `linked_device_refused`. */
export function deviceWarningFor(
  ctx: Context,
  session: LiveSession,
  { settings }: OtpService,
): string | null {
  if (!hasConnection(ctx, session)) return null
  if (settings.onLinkedDevice === 'refuse') throw linkedDeviceRefused(session)
  return settings.onLinkedDevice === 'warn' ? deviceWarning : null
}

const deviceWarning =
  'This code goes out through a linked device, which WhatsApp may restrict for messages to people who never wrote ' +
  'to it. Use a Cloud API number for one-time passwords, or have one as the fallback.'

function linkedDeviceRefused({ name }: LiveSession): AppError {
  return new AppError(
    'linked_device_refused',
    `The sender "${name}" is a linked device, and this service does not send codes through one (onLinkedDevice).`,
  )
}

function textContent(
  { by, service, country, locale, wording }: CodeRequest,
  warnings: string[],
): CodeContent {
  const { settings } = service
  const wanted = { asked: locale, country, fallback: settings.locale }
  const brand = settings.brand ?? by.account.name
  const places = wording?.values ?? []
  const fill = (code: string, lifeSeconds: number) =>
    otpText(settings.texts, wanted, { code, brand, lifeSeconds: wholeMinutes(lifeSeconds), places })
  const isLost = places.length > 0 && localesWithPlaces(settings.texts).length === 0
  return {
    locale: fill('', 60).locale,
    fill: ({ code, lifeSeconds }) => ({ type: 'text', body: fill(code, lifeSeconds).body }),
    warnings: isLost ? [...warnings, noPlaces(service)] : warnings,
  }
}

function noPlaces({ name }: OtpService): string {
  return `The texts of the service "${name}" have no {{1}}, so only the code was filled in.`
}

/** A code that is sent again has an odd rest of its life; a text says whole minutes where there is more than one. */
function wholeMinutes(seconds: number): number {
  return seconds <= 60 ? seconds : Math.floor(seconds / 60) * 60
}

async function templateContent(
  ctx: Context,
  session: LiveSession,
  request: CodeRequest,
): Promise<CodeContent> {
  const { service, country, locale: asked, wording } = request
  if (wording !== null && wording.template !== null) {
    return namedTemplateContent(ctx, session, { ...request, wording, name: wording.template })
  }
  const { settings } = service
  const available = await usableTemplates(ctx, session, service)
  const wanted = { asked, country, fallback: settings.locale }
  const locale = bestLocale([...available.keys()], wanted)
  const name = locale === null ? undefined : available.get(locale)
  if (locale === null || name === undefined) {
    throw new AppError(
      'otp_template_missing',
      `The service "${service.name}" has no approved authentication template for the sender "${session.name}".`,
      { remedy: { do: 'create_code_template', service: service.name } },
    )
  }
  return {
    locale,
    fill: ({ code }) => authenticationTemplate(name, locale, code),
    warnings: (wording?.values ?? []).length > 0 ? [wordsAreFixed] : [],
  }
}

/**
 * The names of the templates that can be sent, by language: those that the service names, or all that the business has.
 * A list that could never be read is no reason to distrust what the service names.
 */
async function usableTemplates(
  ctx: Context,
  session: LiveSession,
  service: OtpService,
): Promise<Map<string, string>> {
  const { templates } = service.settings
  const sender = await loadSender(ctx, session.id)
  const source = sender === null ? null : sourceOf(sender)
  const named = new Map(Object.entries(templates))
  if (source === null) return named
  const known = await findTemplateList(ctx.db, source)
  if (known === null) {
    const readable = await freshList(ctx, source).then(
      () => true,
      () => false,
    )
    return readable ? approvedTemplates(ctx, source, named) : named
  }
  if (!isFresh(ctx, known)) refreshSoon(ctx, source)
  const approved = await approvedTemplates(ctx, source, named)
  if (approved.size > 0 || isFresh(ctx, known)) return approved
  // One that was approved a moment ago is not in an old list.
  await refreshTemplates(ctx, source)
  return approvedTemplates(ctx, source, named)
}

async function approvedTemplates(
  ctx: Context,
  source: TemplateSource,
  named: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const approved = await listCodeTemplates(ctx.db, source)
  const wanted = named.size === 0 ? approved : approved.filter((one) => named.get(one.language) === one.name)
  return new Map(wanted.toReversed().map(({ name, language }) => [language, name]))
}
