import type { Context } from '../../../context.ts'
import { AppError, invalidField } from '../../../domain/app-error.ts'
import type { TemplateContent } from '../../../domain/messages/content.ts'
import { bestLocale } from '../../../domain/otp/locale.ts'
import { valuesForPlaces, withCode, type OtpWording } from '../../../domain/otp/wording.ts'
import type { LiveSession } from '../../../domain/sessions/session.ts'
import { templateSlots, type Template } from '../../../domain/templates/definition.ts'
import { loadSender } from '../../senders/lookup.ts'
import { cachedName } from '../../templates/cache.ts'
import { freshList, isFresh, refreshTemplates, sourceOf } from '../../templates/refresh.ts'
import type { CodeContent, CodeRequest } from './code-content.ts'

/** For the owner of an app that gave words for an authentication template. */
export const wordsAreFixed =
  'The words of an authentication template are Meta’s, so only the code was filled in.'

/** The code stands in the body and in the button, for copy-code, one-tap and zero-tap templates alike. Source: Meta, "Authentication templates". */
export function authenticationTemplate(name: string, language: string, code: string): TemplateContent {
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
 * A code in the template that an app named: an authentication template with the code alone, any other with what the app
 * gave in the places of its body. Throws `otp_template_missing`, and `validation_failed` where the values do not fit.
 */
export async function namedTemplateContent(
  ctx: Context,
  session: LiveSession,
  { service, country, locale: asked, wording, name }: CodeRequest & { wording: OtpWording; name: string },
): Promise<CodeContent> {
  const approved = await approvedLanguages(ctx, session, name)
  const wanted = { asked, country, fallback: service.settings.locale }
  const locale = bestLocale(
    approved.map(({ language }) => language),
    wanted,
  )
  const template = approved.find(({ language }) => language === locale)
  if (locale === null || template === undefined) {
    throw new AppError(
      'otp_template_missing',
      `The sender "${session.name}" has no approved template named "${name}".`,
      { remedy: { do: 'create_code_template', service: service.name } },
    )
  }
  if (template.category === 'AUTHENTICATION') {
    const warnings = wording.values.length > 0 ? [wordsAreFixed] : []
    return { locale, fill: ({ code }) => authenticationTemplate(name, locale, code), warnings }
  }
  const values = valuesForTemplate(template, wording)
  return { locale, fill: ({ code }) => filledTemplate(template, values, code), warnings: [] }
}

function filledTemplate({ name, language }: Template, values: string[], code: string): TemplateContent {
  const parameters = values.map((value) => ({ type: 'text', text: withCode(value, code) }))
  return { type: 'template', name, language, components: [{ type: 'body', parameters }] }
}

function valuesForTemplate(template: Template, wording: OtpWording): string[] {
  const places = templateSlots(template).body ?? []
  const values = valuesForPlaces(wording, places.length)
  if (values !== null) return values
  throw invalidField(
    'template.components',
    `"${template.name}" has ${places.length} places, and ${wording.values.length} values were given: one place is the ` +
      'code’s, the last one unless {code} stands in a value',
  )
}

/** A template in the languages in which it can be sent. A list that is not fresh may not know it yet. */
async function approvedLanguages(ctx: Context, session: LiveSession, name: string): Promise<Template[]> {
  const sender = await loadSender(ctx, session.id)
  const source = sender === null ? null : sourceOf(sender)
  if (source === null) return []
  const read = async () => {
    const known = await cachedName(ctx, source, name)
    return { known, approved: (known?.templates ?? []).filter(({ status }) => status === 'APPROVED') }
  }
  const { known, approved } = await read()
  if (approved.length > 0 || (known !== null && isFresh(ctx, known.list))) return approved
  await (known === null ? freshList(ctx, source) : refreshTemplates(ctx, source))
  return (await read()).approved
}
