import type { Context } from '../../../context.ts'
import { listCodeTemplates } from '../../../db/stores/templates/authentication.ts'
import { findTemplateList } from '../../../db/stores/templates/templates.ts'
import type { SentBy } from '../../../domain/accounts/account.ts'
import { AppError } from '../../../domain/app-error.ts'
import type { MessageContent, TemplateContent } from '../../../domain/messages/content.ts'
import { bestLocale } from '../../../domain/otp/locale.ts'
import type { OtpService } from '../../../domain/otp/service.ts'
import { otpText } from '../../../domain/otp/texts.ts'
import type { LiveSession } from '../../../domain/sessions/session.ts'
import { hasConnection, traitsOf } from '../../senders/providers.ts'
import { loadSender } from '../../senders/lookup.ts'
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
}

/** How a sender puts a code into words. */
export interface CodeContent {
  locale: string
  fill(values: { code: string; lifeSeconds: number }): MessageContent
  /** For the owner, where the way is not the best. */
  warning: string | null
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
  return textContent(request, deviceWarningFor(ctx, session, request.service))
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

function textContent({ by, service, country, locale }: CodeRequest, warning: string | null): CodeContent {
  const { settings } = service
  const wanted = { asked: locale, country, fallback: settings.locale }
  const brand = settings.brand ?? by.account.name
  const fill = (code: string, lifeSeconds: number) =>
    otpText(settings.texts, wanted, { code, brand, lifeSeconds: wholeMinutes(lifeSeconds) })
  return {
    locale: fill('', 60).locale,
    fill: ({ code, lifeSeconds }) => ({ type: 'text', body: fill(code, lifeSeconds).body }),
    warning,
  }
}

/** A code that is sent again has an odd rest of its life; a text says whole minutes where there is more than one. */
function wholeMinutes(seconds: number): number {
  return seconds <= 60 ? seconds : Math.floor(seconds / 60) * 60
}

async function templateContent(
  ctx: Context,
  session: LiveSession,
  { service, country, locale: asked }: CodeRequest,
): Promise<CodeContent> {
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
  return { locale, fill: ({ code }) => authenticationTemplate(name, locale, code), warning: null }
}

/** The code stands in the body and in the button, for copy-code, one-tap and zero-tap templates alike. Source: Meta, "Authentication templates". */
function authenticationTemplate(name: string, language: string, code: string): TemplateContent {
  const parameters = [{ type: 'text', text: code }]
  return {
    type: 'template',
    name,
    language,
    components: [
      { type: 'body', parameters },
      { type: 'button', sub_type: 'url', index: '0', parameters },
    ],
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
