import type { ConnectionLog } from '../../contract.ts'

/** The log that the library asks for. */
interface LibraryLogger {
  level: string
  child(): LibraryLogger
  trace(): void
  debug(): void
  info(): void
  warn(details: unknown, text?: string): void
  error(details: unknown, text?: string): void
}

/**
 * The library's log. It writes stanzas, handshakes and keys into its details, so of its lines only the text of warnings
 * and errors goes on, and that only where an operator asked for details.
 */
export function libraryLogger(log: ConnectionLog): LibraryLogger {
  const pass = (_details: unknown, text?: string): void => {
    if (typeof text === 'string')
      log.debug({ library: text.slice(0, 200) }, 'the WhatsApp library reports trouble')
  }
  const nothing = (): void => undefined
  const logger: LibraryLogger = {
    level: 'warn',
    child: () => logger,
    trace: nothing,
    debug: nothing,
    info: nothing,
    warn: pass,
    error: pass,
  }
  return logger
}
