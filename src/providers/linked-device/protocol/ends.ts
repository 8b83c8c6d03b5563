import type { ConnectionEnd } from '../../contract.ts'

interface EndRule {
  end: ConnectionEnd
  detail: string
}

/**
 * The meanings of the end of a socket, by the code that the library gives it. The library's own list of codes that end a
 * pairing is 401, 403 and 419.
 */
const ends: Record<number, EndRule> = {
  401: { end: 'logged_out', detail: 'The device was unlinked on the phone. Pair it again.' },
  403: { end: 'banned', detail: 'WhatsApp refuses this number: it is banned or restricted.' },
  405: {
    end: 'retry',
    detail:
      'WhatsApp does not take this version of WhatsApp Web any more (405): set WHATSAPP_WEB_VERSION to a newer one.',
  },
  408: { end: 'retry', detail: 'The connection did not answer in time.' },
  411: {
    end: 'logged_out',
    detail: 'The phone does not support linked devices. Update WhatsApp and pair again.',
  },
  419: { end: 'logged_out', detail: 'WhatsApp does not know this device any more. Pair it again.' },
  428: { end: 'retry', detail: 'The connection was closed.' },
  440: {
    end: 'replaced',
    detail: 'Another program uses this pairing. Stop it and connect again, or pair this device anew.',
  },
  500: { end: 'broken', detail: 'WhatsApp reported a broken session (500).' },
  503: { end: 'retry', detail: 'WhatsApp is not available (503).' },
  515: { end: 'reopen', detail: 'WhatsApp asked for a new connection.' },
}

/** The rule that follows from the code with which a socket ended; null: it ended without one. */
export function endOf(code: number | null): EndRule {
  const rule = code === null ? undefined : ends[code]
  return (
    rule ?? { end: 'retry', detail: `The connection ended${code === null ? '' : ` with the code ${code}`}.` }
  )
}

/** The code in an error of the library's. */
export function codeOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('output' in error)) return null
  const { output } = error
  if (typeof output !== 'object' || output === null || !('statusCode' in output)) return null
  return typeof output.statusCode === 'number' ? output.statusCode : null
}
