import { STATUS_CODES } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { errorCodes, type AppError, type ErrorDetail } from '../../../domain/app-error.ts'
import { wordRefusal } from '../../http/errors.ts'

/** The statuses that clients of this API know. */
const known: ReadonlySet<number> = new Set([400, 401, 402, 404, 429, 500, 503])

/** Writes a refusal as `{ error, message }`. */
export function refuse(_request: FastifyRequest, reply: FastifyReply, refusal: AppError): void {
  if (refusal.retryAfterSeconds !== undefined) void reply.header('retry-after', refusal.retryAfterSeconds)
  const status = statusOf(refusal)
  void reply.code(status).send({ error: STATUS_CODES[status], message: messageOf(refusal) })
}

function statusOf({ code }: AppError): number {
  if (code === 'account_deactivated' || code === 'forbidden') return 401
  // No such sender, of a request that names none.
  if (code === 'session_not_found' || code === 'otp_service_not_found') return 400
  const status = errorCodes[code]
  if (known.has(status)) return status
  return status < 500 ? 400 : 503
}

function messageOf(refusal: AppError): string {
  const { code, details = [] } = refusal
  return details.length === 0 || code === 'invalid_json'
    ? wordRefusal(refusal)
    : details.map(wordDetail).join(' ')
}

/** The fields of services, as clients write them. */
const fields: Record<string, string> = { recipient: 'to', content: 'text' }

function wordDetail({ path, message }: ErrorDetail): string {
  const field = path.replace(/^(body|params|query|headers)(\.|$)/, '')
  return `${field === '' ? 'The JSON body' : (fields[field] ?? field)} ${message}.`
}
