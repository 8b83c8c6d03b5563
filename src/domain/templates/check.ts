import type { ErrorDetail } from '../app-error.ts'
import type { TemplateContent } from '../messages/content.ts'
import { templateSlots, type Template } from './definition.ts'
import { checkSlots } from './parameters.ts'

/** The cached templates of one name: its languages, and whether the list is complete. */
export interface KnownTemplate {
  /** A language that is not here does not exist. False: it may have come since. */
  complete: boolean
  languages: ReadonlyMap<string, KnownLanguage>
}

export interface KnownLanguage {
  template: Template
  /** Meta reported a change after its components were read, so that they may be others now. */
  changed: boolean
}

/** Meta's statuses in which a template cannot be sent, in words. Others may be sent, those we do not know too. */
const unsendable: ReadonlyMap<string, string> = new Map([
  ['PENDING', 'waits for Meta’s approval'],
  ['IN_APPEAL', 'was rejected by Meta, and the appeal is not decided'],
  ['REJECTED', 'was rejected by Meta'],
  ['PAUSED', 'is paused by Meta'],
  ['DISABLED', 'is disabled by Meta'],
  ['PENDING_DELETION', 'is being deleted'],
  ['DELETED', 'was deleted'],
  ['ARCHIVED', 'is archived'],
  ['LIMIT_EXCEEDED', 'exceeds Meta’s limit of templates'],
])

/** The status that an event of Meta's leads to; null for an event that changes none, or that we do not know. */
const statusAfter: ReadonlyMap<string, string> = new Map([
  ...[...unsendable.keys(), 'APPROVED'].map((status): [string, string] => [status, status]),
  ['REINSTATED', 'APPROVED'],
  ['UNPAUSED', 'APPROVED'],
])
export const statusAfterEvent = (event: string): string | null => statusAfter.get(event) ?? null

/**
 * The faults of a send of a template, judged by the cached list: the name or language, its status, or the
 * parameters. Empty when nothing is, or nothing is known for certain.
 */
export function checkTemplate(known: KnownTemplate, content: TemplateContent): ErrorDetail[] {
  const language = known.languages.get(content.language)
  if (language === undefined) return known.complete ? [absent(known, content)] : []
  const { template, changed } = language
  const trouble = unsendable.get(template.status)
  if (trouble !== undefined) return [unavailable(template, trouble)]
  if (changed) return []
  const problems = checkSlots(templateSlots(template), content.components ?? [])
  return problems.map((problem) => ({
    path: 'template.components' as const,
    message: `the template ${template.name} ${problem}`,
  }))
}

function absent({ languages }: KnownTemplate, { name, language }: TemplateContent): ErrorDetail {
  if (languages.size === 0) {
    const message = `there is no template "${name}" in your WhatsApp business account`
    return { path: 'template.name', message, see: 'templates' }
  }
  const others = [...languages.keys()].toSorted().join(', ')
  return {
    path: 'template.language',
    message: `the template ${name} does not exist in "${language}"; it exists in ${others}`,
  }
}

function unavailable({ name, language, reason }: Template, trouble: string): ErrorDetail {
  const why = reason === null ? '' : ` (${reason})`
  return {
    path: 'template.name',
    message: `the template ${name} (${language}) cannot be sent: it ${trouble}${why}`,
  }
}
