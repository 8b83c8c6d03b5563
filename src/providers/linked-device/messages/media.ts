import { Readable } from 'node:stream'
import { Agent } from 'undici'
import { z } from 'zod'
import type { MediaLimits } from '../../../domain/media/treatment.ts'
import { mediaKinds } from '../../../domain/messages/content.ts'
import { mediaRules } from '../../../domain/messages/media.ts'
import type { MediaDownload, Refusal, SessionMemory } from '../../contract.ts'
import type { Library } from '../library.ts'
import { codeOf } from '../protocol/ends.ts'

/** The files that WhatsApp's own apps play; it takes larger ones of a device than of the Cloud API. */
export const deviceMedia = {
  image: { ...mediaRules.image, bytesMax: 16 * 1_024 * 1_024 },
  video: { ...mediaRules.video, bytesMax: 64 * 1_024 * 1_024 },
  audio: mediaRules.audio,
} as const satisfies MediaLimits

/** Where an encrypted file is, and the key to it. It is kept in the device's memory, which is encrypted. */
export const mediaPlace = z.object({
  kind: z.enum(mediaKinds),
  mediaKey: z.string(),
  directPath: z.string().nullable(),
  url: z.string().nullable(),
  mimeType: z.string().nullable(),
  sizeBytes: z.number().nullable(),
})
export type MediaPlace = z.infer<typeof mediaPlace>

/** The type under which the places of files are kept. */
export const mediaType = 'media'

/** The hosts that files are fetched from. A message names the host of its file, and may name any. */
export interface MediaHosts {
  isAllowed(host: string): boolean
  /** The authority of the hosts' certificates, where it is none that everybody trusts. */
  ca: string | null
}

/** Fetches the file of a message. `gone`: WhatsApp does not keep it any more, or its place is not known. */
export async function downloadFile(
  library: Library,
  { memory, hosts }: { memory: SessionMemory; hosts: MediaHosts },
  mediaId: string,
  signal: AbortSignal,
): Promise<MediaDownload | Refusal | { ok: false; code: 'gone' }> {
  const kept = (await memory.read(mediaType, [mediaId])).get(mediaId)
  if (kept === undefined) return { ok: false, code: 'gone' }
  const place = mediaPlace.parse(JSON.parse(kept.toString('utf8')))
  const host = hostOf(place.url)
  if (host !== null && !hosts.isAllowed(host)) return { ok: false, code: 'gone' }
  try {
    const { mediaKey, directPath, url } = place
    const options: RequestInit = { signal }
    if (hosts.ca !== null) Reflect.set(options, 'dispatcher', new Agent({ connect: { ca: hosts.ca } }))
    const stream = await library.downloadContentFromMessage(
      {
        mediaKey: Buffer.from(mediaKey, 'base64'),
        ...(directPath !== null && { directPath }),
        ...(url !== null && { url }),
      },
      place.kind,
      { options },
    )
    return { ok: true, mimeType: place.mimeType, sizeBytes: place.sizeBytes, stream }
  } catch (error) {
    const code = codeOf(error)
    if (code === 404 || code === 410 || code === 403) return { ok: false, code: 'gone' }
    return { ok: false, code: 'provider_unreachable', detail: 'WhatsApp did not give the file' }
  }
}

function hostOf(url: string | null): string | null {
  return url !== null && URL.canParse(url) ? new URL(url).host : null
}

/** The bytes of a file are more than they may be. */
export class FileTooLargeError extends Error {
  constructor(bytesMax: number) {
    super(`the file has more than ${bytesMax} bytes`)
    this.name = 'FileTooLargeError'
  }
}

/** The same bytes; fails with `FileTooLargeError` once they are too many, and hangs up on the source. */
export function bounded(source: Readable, bytesMax: number): Readable {
  // One that is given up half way emits an error that nobody else handles.
  source.on('error', () => undefined)
  async function* pieces(): AsyncGenerator<Buffer> {
    let bytes = 0
    for await (const chunk of source) {
      bytes += chunk.length
      if (bytes > bytesMax) throw new FileTooLargeError(bytesMax)
      yield chunk
    }
  }
  return Readable.from(pieces(), { objectMode: false })
}
