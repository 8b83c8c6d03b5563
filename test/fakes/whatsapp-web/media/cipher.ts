import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { z } from 'zod'

/**
 * WhatsApp's encryption of media: keys from HKDF over the media key, AES-256-CBC, and the first ten bytes of an
 * HMAC-SHA256 over vector and ciphertext at the end.
 */

/** The kinds of media, as messages have them. */
export const mediaKind = z.enum(['image', 'sticker', 'video', 'audio', 'document'])
export type MediaKind = z.infer<typeof mediaKind>

/** The context that the keys of a kind are derived with. */
const contexts = {
  image: 'WhatsApp Image Keys',
  sticker: 'WhatsApp Image Keys',
  video: 'WhatsApp Video Keys',
  audio: 'WhatsApp Audio Keys',
  document: 'WhatsApp Document Keys',
} as const satisfies Record<MediaKind, string>

const macBytes = 10

/** A file as it is stored, with what the message says of it. */
export interface EncryptedMedia {
  stored: Buffer
  mediaKey: Buffer
  fileSha256: Buffer
  fileEncSha256: Buffer
}

export function encryptMedia(plain: Buffer, kind: MediaKind): EncryptedMedia {
  const mediaKey = randomBytes(32)
  const { iv, cipherKey, macKey } = keysOf(mediaKey, kind)
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv)
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()])
  const stored = Buffer.concat([encrypted, macOf(macKey, iv, encrypted)])
  return { stored, mediaKey, fileSha256: sha256(plain), fileEncSha256: sha256(stored) }
}

/** Throws when the file was not encrypted with this key, or was changed since. */
export function decryptMedia(stored: Buffer, mediaKey: Uint8Array, kind: MediaKind): Buffer {
  const { iv, cipherKey, macKey } = keysOf(mediaKey, kind)
  const end = stored.length - macBytes
  const encrypted = stored.subarray(0, end)
  if (!macOf(macKey, iv, encrypted).equals(stored.subarray(end)))
    throw new Error('the MAC of the file is wrong')
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv)
  return Buffer.concat([decipher.update(encrypted), decipher.final()])
}

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function keysOf(mediaKey: Uint8Array, kind: MediaKind): { iv: Buffer; cipherKey: Buffer; macKey: Buffer } {
  const bytes = Buffer.from(hkdfSync('sha256', mediaKey, '', contexts[kind], 112))
  return { iv: bytes.subarray(0, 16), cipherKey: bytes.subarray(16, 48), macKey: bytes.subarray(48, 80) }
}

function macOf(macKey: Buffer, iv: Buffer, encrypted: Buffer): Buffer {
  return createHmac('sha256', macKey).update(iv).update(encrypted).digest().subarray(0, macBytes)
}
