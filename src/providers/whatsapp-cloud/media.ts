import { randomBytes } from 'node:crypto'
import { discard } from '../../kit/net/discard.ts'
import { isMediaHost, mediaForm, mediaLocation, uploadedMedia } from '../../wire/meta/media.ts'
import { redactText } from '../../wire/meta/redact.ts'
import type { MediaDownload, MediaUpload, Refusal } from '../contract.ts'
import type { GraphConnection } from './graph-connection.ts'
import type { CloudSettings } from './settings.ts'
import { answerOf } from './translate.ts'

/** Hands a file over to Graph, as it is read. */
export async function uploadMedia(
  graph: GraphConnection,
  { accessToken, phoneNumberId }: CloudSettings,
  file: MediaUpload,
  signal: AbortSignal,
): Promise<{ ok: true; mediaId: string } | Refusal> {
  const { head, tail, ...framing } = mediaForm(file, `hermod-${randomBytes(18).toString('hex')}`)
  async function* parts(): AsyncGenerator<Buffer> {
    yield head
    for await (const chunk of file.read()) yield chunk
    yield tail
  }
  const body = { ...framing, parts }
  const result = await graph.postStream(`${phoneNumberId}/media`, accessToken, body, signal)
  const answer = answerOf(result, [accessToken])
  if (!answer.ok) return answer
  const uploaded = uploadedMedia.safeParse(answer.body)
  if (uploaded.success) return { ok: true, mediaId: uploaded.data.id }
  return { ok: false, code: 'provider_unreachable', detail: 'Graph took the file and gave no id for it' }
}

/** Asks Graph where a file is, and fetches it from there. */
export async function downloadMedia(
  graph: GraphConnection,
  { accessToken, phoneNumberId }: CloudSettings,
  mediaId: string,
  signal: AbortSignal,
): Promise<MediaDownload | Refusal | { ok: false; code: 'gone' }> {
  const path = `${encodeURIComponent(mediaId)}?phone_number_id=${phoneNumberId}`
  const answer = answerOf(await graph.get(path, accessToken, signal), [accessToken])
  if (!answer.ok) return isGone(answer) ? { ok: false, code: 'gone' } : answer
  const location = mediaLocation.safeParse(answer.body)
  if (!location.success) return unreachable('Graph did not say where the file is')
  const url = new URL(location.data.url)
  if (!isMediaHost(url, graph.origin))
    return unreachable(`Graph names a host that is not Meta’s: ${url.host}`)
  const download = await graph.download(url, accessToken, signal)
  if (download.state === 'failed') return unreachable(redactText(download.reason, [accessToken]))
  const { status, headers, stream } = download
  if (status === 200) {
    return {
      ok: true,
      mimeType: location.data.mime_type ?? headers['content-type'] ?? null,
      sizeBytes: numberOf(headers['content-length']),
      stream,
    }
  }
  discard(stream)
  if (status === 404 || status === 410) return { ok: false, code: 'gone' }
  return unreachable(`Meta answered HTTP ${status} in place of the file`)
}

/** Graph says of an object that is no more, or never was, that it does not exist (100, subcode 33) or 404. */
function isGone({ code, httpStatus }: Refusal & { httpStatus: number | null }): boolean {
  return (
    httpStatus === 404 ||
    (httpStatus === 400 && (code === 'permission_missing' || code === 'invalid_request'))
  )
}

function numberOf(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : null
}

function unreachable(detail: string): Refusal {
  return { ok: false, code: 'provider_unreachable', detail }
}
