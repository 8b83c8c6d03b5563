import type { z } from 'zod'
import type { TemplatePage, TemplateRecord } from '../../../../services/templates/list.ts'
import type { templateAnswer, templatesAnswer } from './schema.ts'

type TemplateView = z.input<typeof templatesAnswer>['data'][number]

/** A template in one language. */
export function presentTemplate({ externalId, updatedAt, ...template }: TemplateRecord): TemplateView {
  return { id: externalId, ...template, updatedAt: updatedAt.toISOString() }
}

/** A page of templates. */
export function presentTemplates(page: TemplatePage): z.input<typeof templatesAnswer> {
  const { templates, fetchedAt, stale, ...pagination } = page
  return {
    success: true,
    data: templates.map(presentTemplate),
    pagination,
    fetchedAt: fetchedAt.toISOString(),
    stale,
  }
}

/** A template in all its languages. */
export function presentLanguages(
  name: string,
  { languages, fetchedAt, stale }: { languages: TemplateRecord[]; fetchedAt: Date; stale: boolean },
): z.input<typeof templateAnswer> {
  return {
    success: true,
    data: { name, languages: languages.map(presentTemplate), fetchedAt: fetchedAt.toISOString(), stale },
  }
}
