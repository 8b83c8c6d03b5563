import { isJson, type Json, parseJson, readBody } from '../http.ts'
import type { IncomingMessage } from 'node:http'
import type { Refusal } from './errors.ts'
import { template } from './options.ts'
import type { State } from './state.ts'

/** `GET /{waba-id}/message_template_previews`: Meta's words for an authentication template. */
export function previewTemplates(query: URLSearchParams): Json {
  const minutes = query.get('code_expiration_minutes')
  const advice = query.get('add_security_recommendation') === 'true'
  return {
    data: (query.get('languages') ?? 'en_US').split(',').map((language) => ({
      language,
      body: `*{{1}}* is your verification code.${advice ? ' For your security, do not share this code.' : ''}`,
      ...(minutes !== null && { footer: `This code expires in ${minutes} minutes.` }),
      buttons: [{ text: 'Copy code', autofill_text: 'Autofill' }],
    })),
  }
}

/** Fields that Meta writes itself, so that a bulk request must not have them. */
const forbidden = ['language', 'text', 'autofill_text']

/** `POST /{waba-id}/upsert_message_templates`: makes or changes an authentication template in many languages. */
export async function upsertTemplates(
  state: State,
  { id, request }: { id: string; request: IncomingMessage },
): Promise<{ json: Json } | { refusal: Refusal }> {
  const body = parseJson(await readBody(request)) ?? {}
  const components = Array.isArray(body['components']) ? body['components'].filter(isJson) : []
  const buttons = components.flatMap((one) =>
    Array.isArray(one['buttons']) ? one['buttons'].filter(isJson) : [],
  )
  const excess = [body, ...components, ...buttons].flatMap((one) => forbidden.filter((field) => field in one))
  const languages = Array.isArray(body['languages']) ? body['languages'].map(String) : []
  if (excess.length > 0 || languages.length === 0 || body['category'] !== 'AUTHENTICATION') {
    return { refusal: { code: 100, details: 'Param components is not valid for an authentication template' } }
  }
  const name = String(body['name'])
  const others = (state.templates.get(id) ?? []).filter(
    (one) => one.name !== name || !languages.includes(one.language),
  )
  const made = languages.map((language) =>
    template.parse({
      name,
      language,
      status: 'APPROVED',
      category: 'AUTHENTICATION',
      components: [
        { type: 'BODY', text: '*{{1}}* is your verification code.', add_security_recommendation: true },
        { type: 'FOOTER', text: 'This code expires in 5 minutes.', code_expiration_minutes: 5 },
        {
          type: 'BUTTONS',
          buttons: [
            {
              type: 'URL',
              text: 'Copy code',
              url: 'https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}',
            },
          ],
        },
      ],
    }),
  )
  state.templates.set(id, [...others, ...made])
  return {
    json: {
      data: languages.map((language, index) => ({ id: `${index + 5_944}`, status: 'APPROVED', language })),
    },
  }
}
