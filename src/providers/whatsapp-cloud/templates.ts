import type { Template } from '../../domain/templates/definition.ts'
import { readTemplatePage, templatesPath } from '../../wire/meta/templates.ts'
import type { Refusal } from '../contract.ts'
import type { GraphConnection } from './graph-connection.ts'
import type { CloudSettings } from './settings.ts'
import { answerOf } from './translate.ts'

/** A verified business may have 6,000 templates; a list with more pages is refused. */
const pagesMax = 100

/** Reads all templates of the settings' business, page after page. */
export async function listTemplates(
  graph: GraphConnection,
  { accessToken, businessAccountId }: CloudSettings,
  signal: AbortSignal,
): Promise<{ ok: true; templates: Template[] } | Refusal> {
  if (businessAccountId === undefined) {
    return { ok: false, code: 'invalid_request', detail: 'The WhatsApp business account is not known' }
  }
  const templates: Template[] = []
  let after: string | null = null
  for (let pages = 0; pages < pagesMax; pages += 1) {
    const path: string = templatesPath(businessAccountId, after)
    const answer = answerOf(await graph.getPage(path, accessToken, signal), [accessToken])
    if (!answer.ok) return answer
    const page = readTemplatePage(answer.body)
    if (page === null) return unreadable('the list of templates is not as Graph gives it')
    templates.push(...page.templates)
    if (page.after === null) return { ok: true, templates }
    after = page.after
  }
  return unreadable(`the list of templates has more than ${pagesMax} pages`)
}

function unreadable(detail: string): Refusal {
  return { ok: false, code: 'provider_unreachable', detail }
}
