import type * as Baileys from '@whiskeysockets/baileys'
import { silenceLibsignal } from './safety/console-filter.ts'
import { verifyXeddsa } from './safety/xeddsa.ts'

export type Library = typeof Baileys

const packageName = '@whiskeysockets/baileys'

/** The text that an operator reads where the optional package is not installed. */
export const missingLibrary =
  'Linked devices need the optional package @whiskeysockets/baileys, which is not installed here. ' +
  'Install without --omit=optional, and restart.'

let loading: Promise<Library | null> | null = null

/**
 * The library that speaks WhatsApp Web's protocol, loaded at its first use; null where it is not installed. It is
 * hardened before anybody sees it: its own `Curve.verify` accepts every signature, and libsignal prints private keys.
 *
 * `rootKey`: the public key that the server's certificates must be signed with; null: WhatsApp's own.
 */
export function loadLibrary(rootKey: Buffer | null): Promise<Library | null> {
  loading ??= load()
  return loading.then((library) => {
    if (library !== null && rootKey !== null) library.WA_CERT_DETAILS.PUBLIC_KEY = Buffer.from(rootKey)
    return library
  })
}

async function load(): Promise<Library | null> {
  silenceLibsignal()
  let library: Library
  try {
    library = await import('@whiskeysockets/baileys')
  } catch (error) {
    if (isNotInstalled(error)) return null
    throw error
  }
  library.Curve.verify = (publicKey, message, signature) => {
    try {
      return verifyXeddsa(publicKey, message, signature)
    } catch {
      return false
    }
  }
  return library
}

function isNotInstalled(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  return (
    (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && String(error).includes(packageName)
  )
}
