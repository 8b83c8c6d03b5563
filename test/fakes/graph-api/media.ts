import { createHash } from 'node:crypto'
import type { Refusal } from './errors.ts'

/** A file on Meta's side. */
export interface Media {
  id: string
  mimeType: string
  bytes: Buffer
  sha256: string
  /** Where it is said to be, instead of here. */
  url: string | null
}

const kibi = 1024
const mebi = 1024 * kibi
const documents = [
  'text/plain',
  'application/pdf',
  'application/msword',
  'application/vnd.ms-excel',
  'application/vnd.ms-powerpoint',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
]

/** What Meta takes, and how much of it in bytes. Source: Meta's media reference. */
const bytesMax: Record<string, number> = {
  ...sizes(16 * mebi, [
    'audio/aac',
    'audio/amr',
    'audio/mpeg',
    'audio/mp4',
    'audio/ogg',
    'video/mp4',
    'video/3gpp',
  ]),
  ...sizes(5 * mebi, ['image/jpeg', 'image/png']),
  ...sizes(500 * kibi, ['image/webp']),
  ...sizes(100 * mebi, documents),
}

/** Download URLs live five minutes. */
const urlLifeMs = 5 * 60_000

export interface MediaStore {
  /** Takes a multipart upload; returns the file or why it is refused. */
  upload(raw: Buffer, contentType: string): Promise<Media | Refusal>
  add(file: { bytes: Buffer; mimeType: string; id?: string; url?: string }): Media
  get(id: string): Media | undefined
  delete(id: string): boolean
  /** A short-lived path to the bytes. */
  path(media: Media, nowMs: number): string
  /** What such a path leads to, null when it has expired or never was. */
  follow(path: string, nowMs: number): Media | null
}

export function createMediaStore(): MediaStore {
  const files = new Map<string, Media>()
  const prefix = '/whatsapp_business/attachments/'
  let last = 1_037_543_291_543_000

  const store: MediaStore = {
    async upload(raw, contentType) {
      const form = await readForm(raw, contentType)
      if (form?.get('messaging_product') !== 'whatsapp') return missing('messaging_product')
      const file = form.get('file')
      if (file === null || typeof file === 'string') return missing('file')
      const mimeType = String(form.get('type') ?? file.type)
      const max = bytesMax[mimeType.split(';')[0] ?? '']
      if (max === undefined) {
        const known = Object.keys(bytesMax).join(', ')
        const details = `Param file must be one of: ${known}. Received file of type '${mimeType}'.`
        return { code: 100, details }
      }
      if (file.size > max) return { code: 131053, details: `File is larger than ${max} bytes.` }
      return store.add({ bytes: Buffer.from(await file.arrayBuffer()), mimeType })
    },
    add({ bytes, mimeType, id = String((last += 1)), url }) {
      const media = {
        id,
        mimeType,
        bytes,
        url: url ?? null,
        sha256: createHash('sha256').update(bytes).digest('hex'),
      }
      files.set(id, media)
      return media
    },
    get: (id) => files.get(id),
    delete: (id) => files.delete(id),
    path: (media, nowMs) =>
      `${prefix}?mid=${media.id}&ext=${nowMs + urlLifeMs}&hash=${media.sha256.slice(0, 16)}`,
    follow(path, nowMs) {
      if (!path.startsWith(prefix)) return null
      const query = new URLSearchParams(path.slice(path.indexOf('?')))
      const media = files.get(query.get('mid') ?? '')
      const isLive = Number(query.get('ext')) > nowMs && media?.sha256.startsWith(query.get('hash') ?? '!')
      return isLive && media ? media : null
    },
  }
  return store
}

/** Tells a file from a refusal. */
export function isMedia(outcome: Media | Refusal): outcome is Media {
  return 'bytes' in outcome
}

async function readForm(raw: Buffer, contentType: string): Promise<FormData | null> {
  try {
    const headers = { 'content-type': contentType }
    return await new Response(new Uint8Array(raw), { headers }).formData()
  } catch {
    return null
  }
}

function sizes(max: number, types: readonly string[]): Record<string, number> {
  return Object.fromEntries(types.map((type) => [type, max]))
}

const missing = (name: string): Refusal => ({
  code: 100,
  message: `(#100) The parameter ${name} is required.`,
})
