import type { ConnectionLog } from '../../contract.ts'

let installed = false

/** Paths of the files whose stray errors concern one device and nothing else. */
const origins = /[\\/](@whiskeysockets[\\/]baileys|libsignal|ws|linked-device)[\\/]/

/**
 * The library reacts to stanzas in functions that nobody waits for. One that fails, for a stanza that it cannot read or
 * a socket that closed meanwhile, would end the process and with it every device that it holds. Such errors are
 * logged; others end the process as ever. Installed once, with the first log that comes.
 */
export function surviveStrayErrors(log: ConnectionLog): void {
  if (installed) return
  installed = true
  process.on('unhandledRejection', (reason) => {
    if (!isLibrarys(reason)) throw reason
    // Its message alone: the data of such an error may hold stanzas.
    log.warn(
      { reason: reason.message.slice(0, 200) },
      'the WhatsApp library failed where nobody waited for it',
    )
  })
}

function isLibrarys(reason: unknown): reason is Error {
  return reason instanceof Error && origins.test(reason.stack ?? '')
}
