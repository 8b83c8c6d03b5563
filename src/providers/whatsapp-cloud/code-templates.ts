import { previewPath, readPreviews, readUpserted, upsertBody } from '../../wire/meta/code-templates.ts'
import type { CodeTemplateMaker, Refusal } from '../contract.ts'
import type { GraphConnection } from './graph-connection.ts'
import { answerOf } from './translate.ts'

/** Makes authentication templates of a business. */
export function codeTemplateMaker(
  graph: GraphConnection,
  { accessToken, businessAccountId }: { accessToken: string; businessAccountId: string },
): CodeTemplateMaker {
  const secrets = [accessToken]
  return {
    async preview(draft, signal) {
      const path = previewPath(businessAccountId, draft)
      const answer = answerOf(await graph.getPage(path, accessToken, signal), secrets)
      if (!answer.ok) return answer
      const previews = readPreviews(answer.body)
      return previews === null
        ? unreadable('the previews are not as Graph gives them')
        : { ok: true, previews }
    },
    async create(draft, signal) {
      const path = `${businessAccountId}/upsert_message_templates`
      const answer = answerOf(await graph.postJson(path, accessToken, upsertBody(draft), signal), secrets)
      if (!answer.ok) return answer
      const templates = readUpserted(answer.body)
      return templates === null
        ? unreadable('Graph did not say what became of the templates')
        : { ok: true, templates }
    },
  }
}

function unreadable(detail: string): Refusal {
  return { ok: false, code: 'provider_unreachable', detail }
}
