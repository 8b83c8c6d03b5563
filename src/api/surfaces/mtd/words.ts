import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import { errorCodes, type AppError, type ErrorCode, type ErrorDetail } from '../../../domain/app-error.ts'
import { baseOf } from '../../http/base-url.ts'

/** Writes a refusal as clients read it: they look at `success` and `message`, whatever the status. */
export function refuse(ctx: Context) {
  return (request: FastifyRequest, reply: FastifyReply, refusal: AppError): void => {
    if (refusal.retryAfterSeconds !== undefined) void reply.header('retry-after', refusal.retryAfterSeconds)
    void reply
      .code(errorCodes[refusal.code])
      .send({ success: false, message: wordRefusal(refusal, baseOf(ctx, request)) })
  }
}

/** Refusals that need other words than those of the services, or an act of this API's. */
const wordings: Partial<Record<ErrorCode, (refusal: AppError, base: string) => string>> = {
  insufficient_credits: ({ remedy }, base) =>
    remedy?.do === 'top_up' && remedy.sold
      ? `Insufficient credits. Top up at ${base}/billing/buy.`
      : 'Insufficient credits. Ask the operator of this installation for more.',
  invalid_api_key: () => 'Invalid API key. Send yours in the X-API-KEY header.',
  session_not_linked: () => 'Session is not connected. Pair it again with POST /api/whatsapp/pair.',
  session_linked: () =>
    'This session is linked to a phone already. Should it not be connected, call POST /api/whatsapp/connect; to link ' +
    'another phone, log it out on the one that is linked, or choose another session_id.',
}

function wordRefusal(refusal: AppError, base: string): string {
  const { code, message, details = [] } = refusal
  const wording = wordings[code]
  if (wording !== undefined) return wording(refusal, base)
  return details.length === 0 || code === 'invalid_json' ? message : details.map(wordDetail).join(' ')
}

/** The fields of services and of routes, as clients write them. */
const fields: Record<string, string> = {
  recipient: 'to',
  phone: 'phone_number',
  content: 'message',
  '*': 'session_id',
}

function wordDetail({ path, message }: ErrorDetail): string {
  const field = path.replace(/^(body|params|query|headers)(\.|$)/, '')
  const name = field === '' ? 'The JSON body' : (fields[field] ?? field)
  return `${name} ${message}.`
}
