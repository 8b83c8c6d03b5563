import { z } from 'zod'
import { languageCode } from '../../domain/templates/language.ts'

// Authentication templates through Graph. Source: Meta, "Authentication templates", "Bulk management", "Template previews".

interface Draft {
  name: string
  languages: readonly string[]
  expirationMinutes: number
  ttlSeconds: number
  button:
    | { type: 'copy_code' }
    | {
        type: 'one_tap' | 'zero_tap'
        supportedApps: readonly { packageName: string; signatureHash: string }[]
      }
}

/** The body of `POST /{waba-id}/upsert_message_templates`. Meta writes all texts, so that none may be given. */
export function upsertBody({ name, languages, expirationMinutes, ttlSeconds, button }: Draft): object {
  return {
    name,
    languages,
    category: 'AUTHENTICATION',
    message_send_ttl_seconds: ttlSeconds,
    components: [
      { type: 'BODY', add_security_recommendation: true },
      { type: 'FOOTER', code_expiration_minutes: expirationMinutes },
      { type: 'BUTTONS', buttons: [buttonOf(button)] },
    ],
  }
}

function buttonOf(button: Draft['button']): object {
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

/** `GET /{waba-id}/message_template_previews`. */
export function previewPath(
  businessAccountId: string,
  { languages, expirationMinutes }: Pick<Draft, 'languages' | 'expirationMinutes'>,
): string {
  const query = new URLSearchParams({
    category: 'AUTHENTICATION',
    languages: languages.join(','),
    add_security_recommendation: 'true',
    code_expiration_minutes: String(expirationMinutes),
    button_types: 'OTP',
  })
  return `${businessAccountId}/message_template_previews?${query.toString()}`
}

const previews = z.object({
  data: z.array(
    z
      .object({
        language: z.string().transform(languageCode),
        body: z.string().nullish(),
        footer: z.string().nullish(),
        buttons: z.array(z.object({ text: z.string().optional() })).default([]),
      })
      .transform(({ language, body, footer, buttons }) => ({
        language,
        body: body ?? null,
        footer: footer ?? null,
        buttons: buttons.flatMap(({ text }) => (text === undefined ? [] : [text])),
      })),
  ),
})

/** The previews in an answer; null when it cannot be read. */
export function readPreviews(body: unknown) {
  return previews.safeParse(body).data?.data ?? null
}

const upserted = z.object({
  data: z.array(
    z
      .object({
        id: z.union([z.string(), z.number().transform(String)]),
        status: z.string().default('PENDING'),
        language: z.string().transform(languageCode),
      })
      .transform(({ id, status, language }) => ({
        language,
        externalId: id,
        status: status.toUpperCase(),
        reason: null,
      })),
  ),
})

/** The result for each language; null when it cannot be read. */
export function readUpserted(body: unknown) {
  return upserted.safeParse(body).data?.data ?? null
}
