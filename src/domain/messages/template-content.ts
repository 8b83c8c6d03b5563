import { z } from 'zod'
import { excessOf } from './content/open.ts'
import { templateComponent } from './content/template-components.ts'

// The content of a template message, in the shape of Meta's Cloud API.

const name = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[a-z0-9_]+$/, 'a template name has lower-case letters, digits and underscores only')

const languageCode = z
  .string()
  .max(32)
  .regex(/^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$/, 'a language code looks like en or en_US')

const components = z.array(templateComponent).max(20)

/** Fields that are handed on to the provider unread. */
const more = z.record(z.string(), z.unknown())

export const templateContent = z.strictObject({
  type: z.literal('template'),
  name,
  /** A Meta language code such as `en_US`. */
  language: languageCode,
  /** Said beside the code, such as `policy`. */
  languageOptions: more.optional(),
  components: components.optional(),
  /** Fields of the template that we do not know. */
  extra: more.optional(),
})

/** A value of a template may have 32,768 characters, of three bytes each in the scripts that need most. */
const bytesMax = 131_072

/**
 * A template as an app asks for it: its language as a code or in Meta's form, `{ code, policy }`, and fields beside the
 * known ones, which are handed on.
 */
export const templateRequest = z
  .looseObject({
    name,
    language: z
      .union([languageCode, z.looseObject({ code: languageCode })])
      .default('en_US')
      .meta({ description: 'A code such as en_US, or Meta’s form: { "code": "en_US" }.' }),
    components: components.optional(),
  })
  .superRefine((template, context) => {
    const message = excessOf(template, bytesMax)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })

/** The content that a request asks for. */
export function templateFrom({
  name: asked,
  language,
  components: parts,
  ...extra
}: z.infer<typeof templateRequest>): z.infer<typeof templateContent> {
  return {
    type: 'template',
    name: asked,
    ...languageOf(language),
    ...(parts !== undefined && { components: parts }),
    ...(Object.keys(extra).length > 0 && { extra }),
  }
}

function languageOf(language: string | { code: string; [field: string]: unknown }) {
  if (typeof language === 'string') return { language }
  const { code, ...languageOptions } = language
  return Object.keys(languageOptions).length > 0 ? { language: code, languageOptions } : { language: code }
}
