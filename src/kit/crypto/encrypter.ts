import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { sha256 } from './hash.ts'

// Why our own: it is a format, not a cipher. AES-256-GCM is Node's; what is added is the id of the key, so that keys
// rotate without an interruption, and the purpose as authenticated data, so that no secret can be copied to another row.

/** Encrypts small secrets for the database and reads them back. */
export interface Encrypter {
  /** `purpose` binds the text to where it stands, so that an encrypted secret cannot be copied to another row's column. */
  encrypt(clear: string, purpose: string): string
  /** Throws when no key opens it, or when it was encrypted for another purpose. */
  decrypt(encrypted: string, purpose: string): string
  /** True when we have the key that it was encrypted with. */
  opens(encrypted: string): boolean
  /** True when it was encrypted with the newest key. */
  isCurrent(encrypted: string): boolean
  /**
   * HMAC-SHA-256 of a text by each key, the newest first: what cannot be guessed from its hash without the key. The keys
   * that make it are derived from those that encrypt, one for each purpose. With `keyId` it includes the one of that
   * key, if it can be found.
   */
  hashes(text: string, purpose: string, keyId?: string): KeyedHash[]
}

/** A keyed hash, and the id of its key. */
export interface KeyedHash {
  keyId: string
  hash: Buffer
}

/**
 * AES-256-GCM with a random 96-bit nonce. `keys` are 32 bytes each; the first encrypts, all of them open, so that a
 * key can be rotated; `reload` reads them anew when none of them opens a text. The text is `v1.<key id>.<nonce>.<tag and ciphertext>`, base64url.
 */
export function createEncrypter(keys: readonly Buffer[], reload?: () => readonly Buffer[]): Encrypter {
  const keysById = new Map(keys.map((key) => [keyId(key), key]))
  const [current] = keys
  if (current === undefined) throw new Error('an encrypter needs at least one key')
  const currentId = keyId(current)
  const keyNamed = (id: string): Buffer | undefined => {
    if (!keysById.has(id)) for (const key of reload?.() ?? []) keysById.set(keyId(key), key)
    return keysById.get(id)
  }

  return {
    encrypt(clear, purpose) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', current, nonce).setAAD(Buffer.from(purpose))
      const body = Buffer.concat([cipher.update(clear, 'utf8'), cipher.final()])
      const encrypted = Buffer.concat([cipher.getAuthTag(), body])
      return `v1.${currentId}.${nonce.toString('base64url')}.${encrypted.toString('base64url')}`
    },
    decrypt(encrypted, purpose) {
      const [version, id, nonce, body] = encrypted.split('.')
      const key = keyNamed(id ?? '')
      if (version !== 'v1' || key === undefined || nonce === undefined || body === undefined) {
        throw new Error('no key opens this secret: SECRETS_KEY must hold the key that it was encrypted with')
      }
      const bytes = Buffer.from(body, 'base64url')
      const options = { authTagLength: 16 }
      const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), options)
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(0, 16))
      return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString('utf8')
    },
    opens: (encrypted) => keyNamed(encrypted.split('.')[1] ?? '') !== undefined,
    isCurrent: (encrypted) => encrypted.startsWith(`v1.${currentId}.`),
    hashes(text, purpose, id = currentId) {
      keyNamed(id)
      return [...keysById].map(([keyId, key]) => {
        const derived = Buffer.from(hkdfSync('sha256', key, '', purpose, 32))
        return { keyId, hash: createHmac('sha256', derived).update(text).digest() }
      })
    },
  }
}

function keyId(key: Buffer): string {
  return sha256(key).toString('base64url').slice(0, 8)
}
