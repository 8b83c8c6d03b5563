import { pino } from 'pino'

/** A logger for libraries that insist on one. */
export const silentLogger = pino({ level: 'silent' })
