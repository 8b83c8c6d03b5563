import { z } from 'zod'

/** The answer to an upload. */
export const uploadedMedia = z.object({ id: z.string().min(1).max(256) })

/** The answer to `GET /{media-id}`: where the file is, for five minutes, to who shows the token. */
export const mediaLocation = z.object({
  url: z.url().max(4_096),
  mime_type: z.string().max(256).optional().catch(undefined),
})

/**
 * Hosts of Meta's that serve media, themselves and below. Nobody else is shown a token, whatever an answer says.
 */
const mediaHosts = ['fbsbx.com', 'facebook.com', 'fbcdn.net', 'whatsapp.net'] as const

/** Whether a media URL leads to Meta, or to where the operator says that Graph is. */
export function isMediaHost(url: URL, graphOrigin: string): boolean {
  if (url.origin === graphOrigin) return true
  if (url.protocol !== 'https:' || url.port !== '') return false
  return mediaHosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`))
}

/** A file on its way to Meta. */
export interface MediaForm {
  filename: string
  mimeType: string
  sizeBytes: number
}

/** The bytes before and after the file in the body of an upload, which Graph wants with its length. */
export function mediaForm({ filename, mimeType, sizeBytes }: MediaForm, boundary: string) {
  const field = (name: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  const head = Buffer.from(
    field('messaging_product', 'whatsapp') +
      field('type', mimeType) +
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${quoted(filename)}"\r\n` +
      `Content-Type: ${mimeType}\r\n\r\n`,
  )
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`)
  return {
    head,
    tail,
    contentType: `multipart/form-data; boundary=${boundary}`,
    contentLength: head.length + sizeBytes + tail.length,
  }
}

/** As browsers write it (WHATWG, "multipart/form-data encoding algorithm"). */
function quoted(filename: string): string {
  return filename.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}
