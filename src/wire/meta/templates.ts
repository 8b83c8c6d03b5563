import { z } from 'zod'
import type { DefinedComponent, Template } from '../../domain/templates/definition.ts'
import { languageCode } from '../../domain/templates/language.ts'

/** The fields of a template that are asked for. */
const fields = 'id,name,language,status,category,components,rejected_reason'

/** Templates on a page. Graph's own default is 25. */
const pageSize = 100

/** Graph refuses to give a page that it finds too much work: small ones are safe. */
export function templatesPath(businessAccountId: string, after: string | null): string {
  const query = new URLSearchParams({ fields, limit: String(pageSize), ...(after !== null && { after }) })
  return `${businessAccountId}/message_templates?${query.toString()}`
}

/** Absent, or null where Graph has nothing to say. */
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined)

const button = z.looseObject({ type: z.string(), text, url: text })
const plainComponent = z.looseObject({
  type: z.string(),
  format: text,
  text,
  buttons: z.array(button).optional(),
})
const component: z.ZodType<DefinedComponent> = plainComponent.extend({
  cards: z.array(z.object({ components: z.array(plainComponent) })).optional(),
})

const template = z
  .object({
    id: z.union([z.string(), z.number().transform(String)]).optional(),
    name: z.string().min(1).max(512),
    language: z.string().min(1).max(16),
    status: z.string().min(1),
    category: text,
    components: z.array(component).default([]),
    rejected_reason: text,
  })
  .transform(({ id, name, language, status, category, components, rejected_reason: reason }): Template => ({
    name,
    language: languageCode(language),
    externalId: id ?? null,
    status: status.toUpperCase(),
    // Meta writes the absence of a reason as a reason.
    reason: reason === undefined || reason === 'NONE' ? null : reason,
    category: category?.toUpperCase() ?? null,
    components,
  }))

const page = z.object({
  data: z.array(template),
  paging: z
    .object({ cursors: z.object({ after: z.string().min(1).optional() }).optional(), next: text })
    .optional(),
})

/** A page of `GET /{waba-id}/message_templates`. `after` is the cursor of the next one, null on the last. */
export interface TemplatePage {
  templates: Template[]
  after: string | null
}

/**
 * Reads a page; null when there is anything in it that cannot be read: half a list would say of a template that it
 * does not exist, or takes nothing.
 */
export function readTemplatePage(body: unknown): TemplatePage | null {
  const parsed = page.safeParse(body)
  if (!parsed.success) return null
  const { data, paging } = parsed.data
  // The last page has cursors too: only `next` says that there is more.
  const after = paging?.next === undefined ? null : (paging.cursors?.after ?? null)
  return { templates: data, after }
}
