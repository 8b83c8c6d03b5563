import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { sha256 } from './hash.ts'

/** Encrypts small secrets for the database and reads them back. */
export interface Sealer {
  /** `purpose` binds the text to where it stands, so that a sealed secret cannot be moved to another row's column. */
  seal(clear: string, purpose: string): string
  /** Throws when no key opens it, or when it was sealed for another purpose. */
  open(sealed: string, purpose: string): string
  /** True when it was sealed with the newest key. */
  isCurrent(sealed: string): boolean
}

/**
 * AES-256-GCM with a random 96-bit nonce. `keys` are 32 bytes each; the first seals, all of them open, so that a
 * key can be rotated; `reload` reads them anew when none of them opens a text. The text is `v1.<key id>.<nonce>.<tag and ciphertext>`, base64url.
 */
export function createSealer(keys: readonly Buffer[], reload?: () => readonly Buffer[]): Sealer {
  const ring = new Map(keys.map((key) => [keyId(key), key]))
  const [current] = keys
  if (current === undefined) throw new Error('a sealer needs at least one key')
  const currentId = keyId(current)
  const keyNamed = (id: string): Buffer | undefined => {
    if (!ring.has(id)) for (const key of reload?.() ?? []) ring.set(keyId(key), key)
    return ring.get(id)
  }

  return {
    seal(clear, purpose) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', current, nonce).setAAD(Buffer.from(purpose))
      const body = Buffer.concat([cipher.update(clear, 'utf8'), cipher.final()])
      const sealed = Buffer.concat([cipher.getAuthTag(), body])
      return `v1.${currentId}.${nonce.toString('base64url')}.${sealed.toString('base64url')}`
    },
    open(sealed, purpose) {
      const [version, id, nonce, body] = sealed.split('.')
      const key = keyNamed(id ?? '')
      if (version !== 'v1' || key === undefined || nonce === undefined || body === undefined) {
        throw new Error('no key opens this secret: SECRETS_KEY must hold the key that it was sealed with')
      }
      const bytes = Buffer.from(body, 'base64url')
      const options = { authTagLength: 16 }
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), options)
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(0, 16))
      return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString('utf8')
    },
    isCurrent: (sealed) => sealed.startsWith(`v1.${currentId}.`),
  }
}

function keyId(key: Buffer): string {
  return sha256(key).toString('base64url').slice(0, 8)
}
