import { z } from 'zod'
import type { TemplateDraft } from '../../domain/templates/draft.ts'
import { languageCode } from '../../domain/templates/language.ts'

// Making templates through Graph. Source: Meta, "Template management", "Authentication templates" and "Resumable upload".

type Draft = Pick<TemplateDraft, 'name' | 'languages' | 'category' | 'components' | 'ttlSeconds'>

/** The body of `POST /{waba-id}/message_templates`. */
export function createBody({ languages: [language], ...draft }: Draft): object {
  return { ...commonOf(draft), language }
}

/** The body of `POST /{waba-id}/upsert_message_templates`. Meta writes the texts of buttons in each language. */
export function upsertBody({ languages, components, ...draft }: Draft): object {
  const untold = components.map((component) =>
    component.buttons === undefined
      ? component
      : {
          ...component,
          buttons: component.buttons.map(({ text: _, autofill_text: __, ...button }) => button),
        },
  )
  return { ...commonOf({ ...draft, components: untold }), languages }
}

function commonOf({ name, category, components, ttlSeconds }: Omit<Draft, 'languages'>): object {
  const isNamed = components.some((one) => JSON.stringify(one['example'] ?? null).includes('_named_params'))
  return {
    name,
    category,
    components,
    ...(isNamed && { parameter_format: 'NAMED' }),
    ...(ttlSeconds !== null && { message_send_ttl_seconds: ttlSeconds }),
  }
}

/** The body of `POST /{template-id}`. */
export function changeBody({
  category,
  components,
  ttlSeconds,
}: {
  category?: string
  components?: object[]
  ttlSeconds?: number
}): object {
  return {
    ...(category !== undefined && { category }),
    ...(components !== undefined && { components }),
    ...(ttlSeconds !== undefined && { message_send_ttl_seconds: ttlSeconds }),
  }
}

const created = z.object({
  id: z.union([z.string(), z.number().transform(String)]),
  status: z.string().default('PENDING'),
  category: z.string().nullish(),
  language: z.string().optional(),
})
type Created = { language: string; externalId: string; status: string; reason: null; category: string }

function toCreated(one: z.infer<typeof created>, language: string, asked: string): Created {
  return {
    language: languageCode(one.language ?? language),
    externalId: one.id,
    status: one.status.toUpperCase(),
    reason: null,
    category: (one.category ?? asked).toUpperCase(),
  }
}

/** The answer to a creation; null when it cannot be read. */
export function createdTemplate(
  body: unknown,
  { languages: [language = ''], category }: Draft,
): Created[] | null {
  const parsed = created.safeParse(body)
  return parsed.success ? [toCreated(parsed.data, language, category)] : null
}

/** The answer to the creation of several languages; null when it cannot be read. */
export function upsertedTemplates(body: unknown, { category }: Draft): Created[] | null {
  const parsed = z.object({ data: z.array(created.required({ language: true })) }).safeParse(body)
  return parsed.success ? parsed.data.data.map((one) => toCreated(one, one.language, category)) : null
}

/** `GET /{waba-id}/message_template_previews`: what Meta writes for an authentication template. */
export function previewPath(businessAccountId: string, { languages, components }: Draft): string {
  const of = (type: string) => components.find((one) => one.type.toUpperCase() === type)
  const minutes = of('FOOTER')?.['code_expiration_minutes']
  const query = new URLSearchParams({
    category: 'AUTHENTICATION',
    languages: languages.join(','),
    add_security_recommendation: String(of('BODY')?.['add_security_recommendation'] === true),
    ...(typeof minutes === 'number' && { code_expiration_minutes: String(minutes) }),
    button_types: 'OTP',
  })
  return `${businessAccountId}/message_template_previews?${query.toString()}`
}

const previews = z.object({
  data: z.array(
    z.object({
      language: z.string(),
      body: z.string().nullish(),
      footer: z.string().nullish(),
      buttons: z.array(z.object({ text: z.string().optional() })).default([]),
    }),
  ),
})

/** The previews in an answer; null when it cannot be read. */
export function previewsOf(body: unknown) {
  const parsed = previews.safeParse(body)
  if (!parsed.success) return null
  return parsed.data.data.map(({ language, body: text, footer, buttons }) => ({
    language: languageCode(language),
    body: text ?? null,
    footer: footer ?? null,
    buttons: buttons.flatMap((button) => (button.text === undefined ? [] : [button.text])),
  }))
}

/** Begins an upload; `app` is the app that the token is of. */
export function uploadPath({
  filename,
  mimeType,
  sizeBytes,
}: {
  filename: string
  mimeType: string
  sizeBytes: number
}): string {
  const query = new URLSearchParams({
    file_name: filename,
    file_length: String(sizeBytes),
    file_type: mimeType,
  })
  return `app/uploads?${query.toString()}`
}

/** The id, `upload:...`, is the path of the bytes; it comes with a signature in its query. */
export const uploadSession = z.object({ id: z.string().regex(/^upload:[\w:.=?&%-]{1,2048}$/) })
export const uploadedHandle = z.object({ h: z.string().min(1) })
