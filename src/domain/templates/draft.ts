import { z } from 'zod'
import { languageCode } from './language.ts'
import { checkAuthentication } from './draft/authentication.ts'
import { checkComponents } from './draft/components.ts'

// A template as its maker submits it, with its components in Meta's shape, checked to Meta's limits before Meta is
// asked. Source: Meta, "Template components", "Authentication templates" and "Time to live".

const templateCategories = ['AUTHENTICATION', 'MARKETING', 'UTILITY'] as const
export type TemplateCategory = (typeof templateCategories)[number]

// No schema here changes what it takes, so that its examples stand in the document.
const category = z
  .string()
  .regex(/^(authentication|marketing|utility)$/i, 'must be one of: authentication, marketing, utility')
  .meta({ description: 'marketing, utility or authentication.' })

/** A category as Meta writes it; null for a word of none. */
export function categoryOf(written: string | null | undefined): TemplateCategory | null {
  return templateCategories.find((one) => one === written?.toUpperCase()) ?? null
}

const language = z
  .string()
  .regex(/^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*$/, 'must be a language code such as en_US')

const button = z.looseObject({ type: z.string().min(1).max(64) })
const plain = z.looseObject({
  type: z.string().min(1).max(64),
  format: z.string().max(64).optional(),
  text: z.string().max(4_096).optional(),
  buttons: z.array(button).max(10).optional(),
})
export const draftComponents = z
  .array(
    plain.extend({
      cards: z
        .array(z.looseObject({ components: z.array(plain) }))
        .max(10)
        .optional(),
    }),
  )
  .min(1)
  .max(10)
  .meta({
    description: 'HEADER, BODY, FOOTER, BUTTONS, ..., in Meta’s shape, with examples for what varies.',
  })
export type DraftComponent = z.infer<typeof draftComponents>[number]

/** A finding about a part of a draft. */
export interface Finding {
  path: (string | number)[]
  message: string
}

/** Seconds for which Meta keeps trying to deliver, by category; -1 is 30 days. */
const ttlSeconds: Record<TemplateCategory, { min: number; max: number; mayBeMonth: boolean }> = {
  AUTHENTICATION: { min: 30, max: 900, mayBeMonth: true },
  UTILITY: { min: 30, max: 43_200, mayBeMonth: true },
  MARKETING: { min: 43_200, max: 2_592_000, mayBeMonth: false },
}

const ttl = z
  .number()
  .int()
  .meta({
    description:
      'For how long Meta tries to deliver: 30 to 900 s (authentication), 30 s to 12 h (utility), 12 h to 30 days ' +
      '(marketing); -1: 30 days.',
  })

/** The fields of a template, as an app asks for it. */
export const draftFields = {
  name: z
    .string()
    .min(1)
    .max(512)
    .regex(/^[a-z0-9_]+$/, 'has lower-case letters, digits and underscores only'),
  language: language.optional().meta({ description: 'Such as en_US, which it is if absent.' }),
  languages: z.array(language).min(1).max(100).optional().meta({
    description:
      'In place of language, for authentication templates: Meta writes their text in each of them.',
  }),
  category,
  components: draftComponents,
  ttlSeconds: ttl.optional(),
}
const request = z.object(draftFields)

/** A template that is not submitted yet. */
export interface TemplateDraft {
  name: string
  languages: string[]
  category: TemplateCategory
  components: DraftComponent[]
  ttlSeconds: number | null
  /** Of an authentication template: all languages at once, and those that are there already are brought up to date. */
  upsert: boolean
}

/** The template that a request asks for. */
export function draftFrom(given: z.infer<typeof request>): TemplateDraft {
  const { name, category: of, components, ttlSeconds: life = null } = given
  const asked = given.languages ?? [given.language ?? 'en_US']
  const languages = [...new Set(asked.map(languageCode))]
  return {
    name,
    languages,
    category: categoryOf(of) ?? 'UTILITY',
    components,
    ttlSeconds: life,
    upsert: languages.length > 1,
  }
}

/** The faults of a request for a template, by Meta's rules. */
export function checkDraft(given: z.infer<typeof request>): Finding[] {
  const findings: Finding[] = []
  if (given.language !== undefined && given.languages !== undefined) {
    findings.push({ path: ['languages'], message: 'stands in the place of language: give one of them' })
  }
  if (given.languages !== undefined && categoryOf(given.category) !== 'AUTHENTICATION') {
    findings.push({
      path: ['languages'],
      message: 'is for authentication templates; submit others one by one',
    })
  }
  return [...findings, ...checkContent(categoryOf(given.category), given)]
}

/** The same of what a change may change. */
export function checkContent(
  of: TemplateCategory | null,
  {
    components,
    ttlSeconds: life,
  }: { components?: DraftComponent[] | undefined; ttlSeconds?: number | undefined },
): Finding[] {
  const check = of === 'AUTHENTICATION' ? checkAuthentication : checkComponents
  const findings = components === undefined ? [] : check(components)
  return [...findings, ...(life === undefined || of === null ? [] : checkLife(of, life))]
}

function checkLife(of: TemplateCategory, life: number): Finding[] {
  const { min, max, mayBeMonth } = ttlSeconds[of]
  if ((life >= min && life <= max) || (life === -1 && mayBeMonth)) return []
  const month = mayBeMonth ? ', or -1 for 30 days' : ''
  return [{ path: ['ttlSeconds'], message: `must be from ${min} to ${max} for this category${month}` }]
}
