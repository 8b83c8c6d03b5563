/**
 * libsignal prints whole sessions to the console, with their private keys. This drops every line of its to the
 * console, known by the file that prints it and by its first words; others go on as they were. Installed once.
 */
export function silenceLibsignal(): void {
  if (installed) return
  installed = true
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const) {
    const print = console[name].bind(console)
    console[name] = (...parts: unknown[]) => {
      if (!isLibsignals(parts)) print(...parts)
    }
  }
}

let installed = false

const openings = [
  'Closing session',
  'Closing open session',
  'Opening session',
  'Session already',
  'Removing old closed session',
  'Failed to decrypt message with any known session',
  'Session error',
  'Decrypted message with closed session',
  'Migrating session to:',
]

function isLibsignals([first]: unknown[]): boolean {
  if (typeof first === 'string' && openings.some((opening) => first.startsWith(opening))) return true
  return /[\\/]libsignal[\\/]/.test(new Error('where').stack ?? '')
}
