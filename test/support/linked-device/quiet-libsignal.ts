/**
 * libsignal writes whole sessions to the console, with their private keys. This drops its lines from the output
 * of a test or of a fake; it changes the console alone, not a program's log.
 */
export function quietLibsignal(): void {
  for (const name of ['info', 'warn', 'error'] as const) {
    const print = console[name].bind(console)
    console[name] = (...parts: unknown[]) => {
      if (!isLibsignals(parts[0])) print(...parts)
    }
  }
}

const openings = [
  'Closing session',
  'Closing open session',
  'Opening session',
  'Session already',
  'Removing old closed session',
  'Failed to decrypt message with any known session',
  'Session error',
  'Decrypted message with closed session',
]

function isLibsignals(part: unknown): boolean {
  return typeof part === 'string' && openings.some((opening) => part.startsWith(opening))
}
