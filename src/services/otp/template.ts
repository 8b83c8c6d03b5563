import type { Context } from '../../context.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { languageCode } from '../../domain/templates/language.ts'
import type { TemplateDraft } from '../../domain/templates/draft.ts'
import { createTemplate, previewTemplate } from '../templates/make.ts'
import { findOtpService, addServiceTemplates } from './services.ts'

/** How a code gets from the message into the app. */
type CodeButton =
  | { type: 'copy_code' }
  | { type: 'one_tap' | 'zero_tap'; supportedApps: { packageName: string; signatureHash: string }[] }

/** An authentication template for a service, as its owner asks for it. */
export interface CodeTemplateRequest {
  service: string
  session: string | null
  /** Null: one by the name of the service. */
  name: string | null
  languages: string[]
  button: CodeButton
  /** Nothing is made: only shown. */
  previewOnly: boolean
}

/** The texts of a template, and what became of each language; nothing where it was only shown. */
export interface CodeTemplateMade {
  name: string
  languages: {
    language: string
    status: string | null
    reason: string | null
    preview: { body: string | null; footer: string | null; buttons: string[] } | null
  }[]
}

/**
 * Shows an authentication template in the words of the provider, and makes it in all languages at once; the service sends
 * it from then on, in each language that is approved. Throws `otp_service_not_found`, and what `createTemplate` does.
 */
export async function makeCodeTemplate(
  ctx: Context,
  caller: Caller,
  request: CodeTemplateRequest,
): Promise<CodeTemplateMade> {
  const service = await findOtpService(ctx, caller.account.id, request.service)
  const { settings } = service
  const session = request.session ?? settings.session
  const draft: TemplateDraft = {
    name: request.name ?? `${service.name.replaceAll('-', '_')}_code`,
    languages: [...new Set(request.languages.map(languageCode))],
    category: 'AUTHENTICATION',
    components: [
      { type: 'BODY', add_security_recommendation: true },
      { type: 'FOOTER', code_expiration_minutes: Math.ceil(settings.ttlSeconds / 60) },
      { type: 'BUTTONS', buttons: [buttonOf(request.button)] },
    ],
    // A code that is delivered later would only confuse; Meta takes 30 to 900 seconds.
    ttlSeconds: settings.ttlSeconds,
    upsert: true,
  }
  const previews = await previewTemplate(ctx, caller, { session, draft })
  const made = request.previewOnly ? [] : await createTemplate(ctx, caller, { session, draft })
  if (!request.previewOnly) {
    await addServiceTemplates(
      ctx,
      { accountId: caller.account.id, name: service.name },
      Object.fromEntries(draft.languages.map((one) => [one, draft.name])),
    )
  }
  return {
    name: draft.name,
    languages: draft.languages.map((language) => {
      const { status = null, reason = null } = made.find((one) => one.language === language) ?? {}
      const shown = previews.find((one) => one.language === language)
      const preview =
        shown === undefined ? null : { body: shown.body, footer: shown.footer, buttons: shown.buttons }
      return { language, status, reason, preview }
    }),
  }
}

/** In Meta's shape. */
function buttonOf(button: CodeButton) {
  if (button.type === 'copy_code') return { type: 'OTP', otp_type: 'COPY_CODE' }
  return {
    type: 'OTP',
    otp_type: button.type.toUpperCase(),
    ...(button.type === 'zero_tap' && { zero_tap_terms_accepted: true }),
    supported_apps: button.supportedApps.map(({ packageName, signatureHash }) => ({
      package_name: packageName,
      signature_hash: signatureHash,
    })),
  }
}
