import { pino, type DestinationStream, type Logger } from 'pino'

export type Log = Logger

/** Names under which secrets travel; their values never reach a log line. */
const secretNames = ['authorization', 'apiKey', 'accessToken', 'whatsappAccessToken', 'appSecret', 'secret']

/** One line of JSON an entry, on standard output unless told otherwise; secrets redacted by name. */
export function createLog(level: string, to: DestinationStream = pino.destination(1)): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: '[redacted]',
    },
  }
  return pino(options, to)
}
