import type { proto } from '@whiskeysockets/baileys'
import type { Json } from '../../http.ts'
import { decryptMedia, encryptMedia, type MediaKind, sha256 } from '../media/cipher.ts'
import type { MediaStore } from '../media/store.ts'

/** The kinds of messages, by the field that holds the content. A voice note is an audio with `ptt`. */
const kinds = {
  conversation: 'text',
  extendedTextMessage: 'text',
  imageMessage: 'image',
  videoMessage: 'video',
  audioMessage: 'audio',
  documentMessage: 'document',
  documentWithCaptionMessage: 'document',
  stickerMessage: 'sticker',
  locationMessage: 'location',
  liveLocationMessage: 'location',
  contactMessage: 'contacts',
  contactsArrayMessage: 'contacts',
  reactionMessage: 'reaction',
  pollCreationMessageV3: 'poll',
  protocolMessage: 'protocol',
} as const satisfies Partial<Record<keyof proto.IMessage, string>>

/** The kind of a message in the ledger; the name of the field when it is not one of the usual ones. */
export function kindOf(content: Json): string {
  const fields = Object.keys(content).filter((field) => field !== 'messageContextInfo')
  for (const [field, kind] of Object.entries(kinds)) {
    if (!fields.includes(field)) continue
    return kind === 'audio' && JSON.stringify(content[field]).includes('"ptt":true') ? 'voice' : kind
  }
  return fields[0] ?? 'empty'
}

interface Attachment {
  kind: MediaKind
  mediaKey: Uint8Array
  directPath: string
}

/** A decrypted file: its digest, its size, and its first 4 KB in base64. */
export interface OpenedMedia {
  sha256: string
  bytes: number
  beginning: string
}

/** Downloads and decrypts the file of a message as its recipient would; null when it has none. */
export function openMedia(message: proto.IMessage, store: MediaStore): OpenedMedia | null {
  const attachment = attachmentOf(message)
  if (!attachment) return null
  const stored = store.get(attachment.directPath)
  if (!stored) throw new Error(`no file at ${attachment.directPath}`)
  const plain = decryptMedia(stored, attachment.mediaKey, attachment.kind)
  return {
    sha256: sha256(plain).toString('hex'),
    bytes: plain.length,
    beginning: plain.subarray(0, 4_096).toString('base64'),
  }
}

function attachmentOf(message: proto.IMessage): Attachment | null {
  const document = message.documentMessage ?? message.documentWithCaptionMessage?.message?.documentMessage
  const candidates = [
    ['image', message.imageMessage],
    ['video', message.videoMessage],
    ['audio', message.audioMessage],
    ['sticker', message.stickerMessage],
    ['document', document],
  ] as const
  for (const [kind, part] of candidates) {
    if (part?.mediaKey && part.directPath)
      return { kind, mediaKey: part.mediaKey, directPath: part.directPath }
  }
  return null
}

/** A file that a contact sends, beside the fields of WhatsApp's own message (`caption`, `fileName`, `ptt`, ...). */
export interface MediaInput {
  kind: MediaKind
  bytes: Buffer
  mimeType: string
  fields: Json
}

/** Puts a contact's file on the media host and returns the message for it. */
export function messageWith(
  { kind, bytes, mimeType, fields }: MediaInput,
  store: MediaStore,
  host: string,
): Json {
  const { stored, mediaKey, fileSha256, fileEncSha256 } = encryptMedia(bytes, kind)
  const directPath = `/v/t62/${fileEncSha256.toString('hex')}`
  store.put(directPath, stored)
  const content = {
    url: `https://${host}${directPath}`,
    directPath,
    mediaKey: mediaKey.toString('base64'),
    fileSha256: fileSha256.toString('base64'),
    fileEncSha256: fileEncSha256.toString('base64'),
    fileLength: bytes.length,
    mimetype: mimeType,
    ...fields,
  }
  return { [`${kind}Message`]: content }
}
