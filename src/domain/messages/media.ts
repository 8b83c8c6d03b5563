import type { MediaKind } from './content.ts'

const kibi = 1_024
const mebi = 1_024 * kibi

/** The media types that WhatsApp takes of each kind of file, and how many bytes. Source: Meta, "Media", supported types. */
export const mediaRules = {
  image: { mimeTypes: ['image/jpeg', 'image/png'], bytesMax: 5 * mebi },
  // Static stickers may have 100 KB only, which Meta itself looks at.
  sticker: { mimeTypes: ['image/webp'], bytesMax: 500 * kibi },
  audio: {
    mimeTypes: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'],
    bytesMax: 16 * mebi,
  },
  video: { mimeTypes: ['video/mp4', 'video/3gpp'], bytesMax: 16 * mebi },
  document: {
    mimeTypes: [
      'text/plain',
      'application/pdf',
      'application/msword',
      'application/vnd.ms-excel',
      'application/vnd.ms-powerpoint',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    ],
    bytesMax: 100 * mebi,
  },
} as const satisfies Record<MediaKind, { mimeTypes: readonly string[]; bytesMax: number }>

/** No file of any kind is larger, in bytes. */
export const mediaBytesMax = Math.max(...Object.values(mediaRules).map(({ bytesMax }) => bytesMax))

/** How long Meta keeps a file that was uploaded. */
export const mediaLifeMs = 30 * 24 * 3_600_000

const kinds: ReadonlyMap<string, MediaKind> = new Map([
  ...typesOf('image'),
  ...typesOf('sticker'),
  ...typesOf('audio'),
  ...typesOf('video'),
  ...typesOf('document'),
])

function typesOf(kind: MediaKind): [string, MediaKind][] {
  return mediaRules[kind].mimeTypes.map((type) => [type, kind])
}

/** Every type of file that can be sent. */
export const mimeTypes: readonly string[] = [...kinds.keys()]

/** The kind that a file of this type is sent as; null when WhatsApp does not take it. Parameters of the type do not count. */
export function mediaKindOf(mimeType: string): MediaKind | null {
  return kinds.get(essenceOf(mimeType)) ?? null
}

/** `Audio/OGG; codecs=opus` -> `audio/ogg`. */
export function essenceOf(mimeType: string): string {
  return (mimeType.split(';')[0] ?? '').trim().toLowerCase()
}
