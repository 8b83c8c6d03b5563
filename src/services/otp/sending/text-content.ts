import type { Context } from '../../../context.ts'
import type { SentBy } from '../../../domain/accounts/account.ts'
import { AppError } from '../../../domain/app-error.ts'
import type { MessageContent } from '../../../domain/messages/content.ts'
import { bestLocale } from '../../../domain/otp/locale.ts'
import type { OtpNumber } from '../../../domain/otp/number.ts'
import type { OtpService } from '../../../domain/otp/service.ts'
import type { CodeText } from '../../../domain/otp/text.ts'
import type { LiveSession } from '../../../domain/sessions/session.ts'
import { templateSlots } from '../../../domain/templates/definition.ts'
import { readWindow } from '../../contacts/window.ts'
import { loadSender } from '../../senders/lookup.ts'
import { traitsOf } from '../../senders/providers.ts'
import { cachedName } from '../../templates/cache.ts'
import { freshList, sourceOf } from '../../templates/refresh.ts'
import { codeContentFor, deviceWarningFor } from './code-content.ts'

/** A text on its way to a number. */
export interface TextRequest {
  by: SentBy
  service: OtpService
  number: OtpNumber
  given: CodeText
}

/** A sender's form of a text, for the text as it is and for the masked one. */
export type TextForm = (said: { text: string; code: string }) => MessageContent

/**
 * The form in which a session sends a text: as it is where its provider demands no templates. Else its only code in the
 * authentication template; a text that is no code as it is within the customer's window, or in the service's utility
 * template. Throws `otp_template_missing` and `linked_device_refused`.
 */
export async function textFormFor(
  ctx: Context,
  session: LiveSession,
  request: TextRequest,
): Promise<TextForm> {
  const { by, service, number, given } = request
  if (traitsOf(ctx, session).templates !== 'binding') {
    deviceWarningFor(ctx, session, service)
    return asItIs
  }
  if (given.code !== null) {
    const asked = { by, service, country: number.country, locale: null, wording: null }
    const { fill } = await codeContentFor(ctx, session, asked)
    return ({ code }) => fill({ code, lifeSeconds: service.settings.ttlSeconds })
  }
  const where = { address: number.address, session: session.id }
  const window = await readWindow(ctx, by.account.id, where)
  return window.open ? asItIs : templateForm(ctx, session, request)
}

const asItIs: TextForm = ({ text }) => ({ type: 'text', body: text })

async function templateForm(
  ctx: Context,
  session: LiveSession,
  { service, number }: TextRequest,
): Promise<TextForm> {
  const { textTemplate, locale: fallback } = service.settings
  if (textTemplate === null) throw noTextTemplate(service, `the service "${service.name}" names none`)
  const sender = await loadSender(ctx, session.id)
  const source = sender === null ? null : sourceOf(sender)
  if (source === null) throw noTextTemplate(service, `"${session.name}" does not name its business account`)
  await freshList(ctx, source)
  const known = await cachedName(ctx, source, textTemplate)
  const approved = known?.templates.filter(({ status }) => status === 'APPROVED') ?? []
  const wanted = { asked: null, country: number.country, fallback }
  const language = bestLocale(
    approved.map((one) => one.language),
    wanted,
  )
  const template = approved.find((one) => one.language === language)
  if (template === undefined) throw noTextTemplate(service, `"${textTemplate}" is not approved`)
  const [variable, ...others] = templateSlots(template).body ?? []
  if (variable === undefined || others.length > 0)
    throw noTextTemplate(service, `the body of "${textTemplate}" does not have exactly one variable`)
  const name = /^\d+$/.test(variable) ? {} : { parameter_name: variable }
  return ({ text }) => ({
    type: 'template',
    name: template.name,
    language: template.language,
    // Meta takes no line breaks and no rows of blanks in a variable.
    components: [
      { type: 'body', parameters: [{ type: 'text', ...name, text: text.replaceAll(/\s+/g, ' ').trim() }] },
    ],
  })
}

function noTextTemplate({ name }: OtpService, why: string): AppError {
  return new AppError(
    'otp_template_missing',
    'WhatsApp takes a text that is no code only within 24 hours of the recipient’s last message, or in a template, ' +
      `and ${why}.`,
    { remedy: { do: 'save_text_template', service: name } },
  )
}
