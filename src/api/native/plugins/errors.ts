import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import { errorCodes, type AppError } from '../../../domain/app-error.ts'
import { refusalOfUnrouted, type MethodsOf } from '../../http/allowed-methods.ts'
import { setBasicHeaders } from '../../http/basic-headers.ts'
import { errorLog, toAppError, wordRefusal } from '../../http/errors.ts'
import { countUnrouted } from './auth.ts'
import { wordDetail } from './refusals.ts'

/** The one place that knows how a refusal looks on the native API. It never shows a stack or an internal cause. */
export function installErrors(app: FastifyInstance, ctx: Context, methodsOf: MethodsOf): void {
  const log = errorLog(ctx)
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = toAppError(error)
    log(refusal, error, request.id)
    return sendError(request, reply, refusal)
  })
  app.setNotFoundHandler(async (request, reply) => {
    await countUnrouted(ctx, request, reply)
    throw refusalOfUnrouted(methodsOf, request, reply)
  })
}

/**
 * Answers requests that Fastify refuses before it looks for a route, such as a path that cannot be read: no hook runs then.
 * `refuseOf` finds how the API that the path belongs to writes a refusal, when that is not the native one.
 */
export function answerUnroutable(
  ctx: Context,
  refuseOf: (request: FastifyRequest) => Refuse | undefined = () => undefined,
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    setBasicHeaders(request, reply)
    const own = refuseOf(request)
    if (own !== undefined) return own(request, reply, toAppError(error))
    countUnrouted(ctx, request, reply).then(
      () => sendError(request, reply, toAppError(error)),
      (refusal: FastifyError) => sendError(request, reply, toAppError(refusal)),
    )
  }
}

type Refuse = (request: FastifyRequest, reply: FastifyReply, refusal: AppError) => void

function sendError(request: FastifyRequest, reply: FastifyReply, error: AppError): FastifyReply {
  if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', error.retryAfterSeconds)
  const status = errorCodes[error.code]
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="hermod"')
  return reply.code(status).send(refusalBody(error, request.id))
}

/** A refusal as the native API writes it. Its text names the first fault, for whoever shows no more of it. */
export function refusalBody(error: AppError, requestId: string) {
  const details = error.details?.map(wordDetail)
  const [first] = details ?? []
  const text = wordRefusal(error)
  return {
    success: false,
    error: first === undefined ? text : `${text.replace(/\.$/, '')}: ${first.path} ${first.message}.`,
    code: error.code,
    requestId,
    ...(details !== undefined && { details }),
  }
}
