import {
  changeBody,
  createBody,
  createdTemplate,
  previewPath,
  previewsOf,
  upsertBody,
  upsertedTemplates,
  uploadedHandle,
  uploadPath,
  uploadSession,
} from '../../wire/meta/template-making.ts'
import type { MediaUpload, Refusal, TemplateMaker } from '../contract.ts'
import type { GraphConnection } from './graph-connection.ts'
import { answerOf, doneOf } from './translate.ts'

/** Makes, changes and removes the templates of a business. */
export function templateMaker(
  graph: GraphConnection,
  { accessToken, businessAccountId }: { accessToken: string; businessAccountId: string },
): TemplateMaker {
  const secrets = [accessToken]
  const edge = `${businessAccountId}/message_templates`
  return {
    async create(draft, signal) {
      const isUpsert = draft.upsert
      const path = isUpsert ? `${businessAccountId}/upsert_message_templates` : edge
      const body = isUpsert ? upsertBody(draft) : createBody(draft)
      const answer = answerOf(await graph.postJson(path, accessToken, body, signal), secrets)
      if (!answer.ok) return answer
      const templates = isUpsert ? upsertedTemplates(answer.body, draft) : createdTemplate(answer.body, draft)
      return templates === null
        ? unreadable('Graph did not say what became of the template')
        : { ok: true, templates }
    },
    async change({ externalId, ...change }, signal) {
      const path = encodeURIComponent(externalId)
      const done = doneOf(await graph.postJson(path, accessToken, changeBody(change), signal), secrets)
      // Whether it is judged again, a reading of the list tells.
      return done.ok ? { ok: true, status: null, reason: null } : done
    },
    async remove({ name, externalId }, signal) {
      const query = new URLSearchParams({ ...(externalId !== null && { hsm_id: externalId }), name })
      return doneOf(await graph.delete(`${edge}?${query.toString()}`, accessToken, signal), secrets)
    },
    uploadExample: (file, signal) => uploadExample(graph, accessToken, file, signal),
    async preview(draft, signal) {
      const path = previewPath(businessAccountId, draft)
      const answer = answerOf(await graph.getPage(path, accessToken, signal), secrets)
      if (!answer.ok) return answer
      const previews = previewsOf(answer.body)
      return previews === null
        ? unreadable('the previews are not as Graph gives them')
        : { ok: true, previews }
    },
  }
}

/** Graph's resumable upload, in one piece: a session for the app of the token, then the bytes. */
async function uploadExample(
  graph: GraphConnection,
  accessToken: string,
  file: MediaUpload,
  signal: AbortSignal,
): Promise<{ ok: true; handle: string } | Refusal> {
  const begun = answerOf(await graph.postJson(uploadPath(file), accessToken, {}, signal), [accessToken])
  if (!begun.ok) return begun
  const session = uploadSession.safeParse(begun.body)
  if (!session.success) return unreadable('Graph began no upload')
  async function* parts(): AsyncGenerator<Buffer> {
    for await (const chunk of file.read()) yield chunk
  }
  const body = {
    contentType: file.mimeType,
    contentLength: file.sizeBytes,
    headers: { authorization: `OAuth ${accessToken}`, file_offset: '0' },
    parts,
  }
  const answer = answerOf(await graph.postStream(session.data.id, accessToken, body, signal), [accessToken])
  if (!answer.ok) return answer
  const uploaded = uploadedHandle.safeParse(answer.body)
  return uploaded.success
    ? { ok: true, handle: uploaded.data.h }
    : unreadable('Graph took the file and gave no handle for it')
}

function unreadable(detail: string): Refusal {
  return { ok: false, code: 'provider_unreachable', detail }
}
