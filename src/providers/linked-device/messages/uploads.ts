import { randomBytes } from 'node:crypto'
import { Agent } from 'node:https'
import type { MediaConnInfo, proto, WAMediaUploadFunction } from '@whiskeysockets/baileys'
import { z } from 'zod'
import type { MediaContent } from '../../../domain/messages/content.ts'
import { mediaKindOf } from '../../../domain/messages/media.ts'
import type { ConnectionStorage, MediaUpload, Refusal, SessionMemory } from '../../contract.ts'
import type { Library } from '../library.ts'
import { libraryLogger } from '../safety/logger.ts'

// A file is uploaded by whichever process took it, not by the one that holds the socket: the connection leaves in the
// device's memory where WhatsApp takes files and with which token. The uploaded file is kept as the part of a message
// that names it, with its key, and put into a message when it is sent.

/** Where WhatsApp takes files, as the connection found out. */
const place = z.object({
  hosts: z.array(z.object({ hostname: z.string(), maxContentLengthBytes: z.number().catch(0) })),
  auth: z.string(),
  untilMs: z.number(),
})

export const placeKey = { type: 'media-place', id: 'current' } as const
const uploadType = 'upload'

/** The value that keeps where WhatsApp takes files. */
export function placeValue({ hosts, auth, ttl, fetchDate }: MediaConnInfo): Buffer {
  return Buffer.from(JSON.stringify({ hosts, auth, untilMs: fetchDate.getTime() + ttl * 1_000 }))
}

/** Without it the library hands the video of a stranger to the system's ffmpeg, which nothing bounds then. */
export const noThumbnail = ''

/** Uploads a file for later messages. */
export async function uploadFile(
  library: Library,
  { memory, mediaAuthority }: { memory: SessionMemory; mediaAuthority: string | null },
  file: MediaUpload,
): Promise<{ ok: true; mediaId: string } | Refusal> {
  const found = (await memory.read(placeKey.type, [placeKey.id])).get(placeKey.id)
  const target = found === undefined ? null : place.parse(JSON.parse(found.toString('utf8')))
  if (target === null || target.untilMs < Date.now()) {
    return { ok: false, code: 'provider_unreachable', detail: 'The device is not connected' }
  }
  const { hosts, auth } = target
  const info = { hosts, auth, ttl: 60, fetchDate: new Date() }
  const logger = libraryLogger({ debug: () => undefined, warn: () => undefined })
  const fetchAgent = mediaAuthority === null ? {} : { fetchAgent: new Agent({ ca: mediaAuthority }) }
  const upload = library.getWAUploadToServer(
    { ...library.DEFAULT_CONNECTION_CONFIG, logger, ...fetchAgent },
    () => Promise.resolve(info),
  )
  return uploadWith(library, { upload, keep: (value) => memory.add(value) }, file)
}

/** Uploads a file by a way that is known, and keeps the part of a message that names it. */
export async function uploadWith(
  library: Library,
  {
    upload,
    keep,
  }: {
    upload: WAMediaUploadFunction
    keep(entry: { type: string; id: string; value: Buffer }): Promise<void>
  },
  file: MediaUpload,
): Promise<{ ok: true; mediaId: string } | Refusal> {
  const kind = mediaKindOf(file.mimeType)
  if (kind === null) return { ok: false, code: 'media_failed', detail: 'The type of the file is not known' }
  const logger = libraryLogger({ debug: () => undefined, warn: () => undefined })
  try {
    const source = { stream: file.read() }
    const mimetype = file.mimeType
    const content =
      kind === 'image'
        ? { image: source, mimetype }
        : kind === 'video'
          ? { video: source, mimetype, jpegThumbnail: noThumbnail }
          : kind === 'audio'
            ? { audio: source, mimetype }
            : kind === 'sticker'
              ? { sticker: source, mimetype }
              : { document: source, mimetype, fileName: file.filename }
    const message = await library.prepareWAMessageMedia(content, { upload, logger })
    const mediaId = `wa-${randomBytes(12).toString('hex')}`
    const value = Buffer.from(library.proto.Message.encode(message).finish())
    await keep({ type: uploadType, id: mediaId, value })
    return { ok: true, mediaId }
  } catch {
    return { ok: false, code: 'provider_unreachable', detail: 'WhatsApp did not take the file' }
  }
}

/** The message that carries an uploaded file; null when there is none, or it is of another kind. */
export async function uploadedMessage(
  library: Library,
  storage: Pick<ConnectionStorage, 'read'>,
  { mediaId = '', kind, caption, filename, voice, gif }: MediaContent,
): Promise<proto.IMessage | null> {
  const kept = (await storage.read(uploadType, [mediaId])).get(mediaId)
  if (kept === undefined) return null
  const message = library.proto.Message.decode(kept)
  const more = { ...(caption !== undefined && { caption }) }
  switch (kind) {
    case 'image':
      return message.imageMessage ? { imageMessage: { ...message.imageMessage, ...more } } : null
    case 'video':
      return message.videoMessage
        ? { videoMessage: { ...message.videoMessage, ...more, ...(gif === true && { gifPlayback: true }) } }
        : null
    case 'audio':
      return message.audioMessage ? { audioMessage: { ...message.audioMessage, ptt: voice === true } } : null
    case 'sticker':
      return message.stickerMessage ? { stickerMessage: message.stickerMessage } : null
    case 'document': {
      const name = filename === undefined ? {} : { fileName: filename }
      return message.documentMessage
        ? { documentMessage: { ...message.documentMessage, ...more, ...name } }
        : null
    }
  }
}
