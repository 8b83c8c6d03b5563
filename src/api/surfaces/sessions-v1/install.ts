import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import { AppError } from '../../../domain/app-error.ts'
import { admitRequest } from '../../http/authenticate.ts'
import { errorLog, toAppError } from '../../http/errors.ts'
import { installJsonBody } from '../../http/json-body.ts'
import { readTolerantly } from './tolerance.ts'
import { wordRefusal } from './words.ts'

/** Sets up what all endpoints of this API share: keys as bearer tokens, JSON bodies, and refusals as `{ detail }`. */
export function installSessionsV1(app: FastifyInstance, ctx: Context): void {
  installJsonBody(app)
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.scope === 'open' || request.is404) return
    if (request.routeOptions.config.takesToken === true && hasToken(request.query)) return
    await admitRequest(ctx, { request, reply, secret: bearerOf(request), countsRequests: false })
  })
  app.addHook('preValidation', (request, _reply, next) => {
    request.body = readTolerantly(request.body)
    next()
  })
  const log = errorLog(ctx)
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = toAppError(error)
    log(refusal, error, request.id)
    return sendRefusal(request, reply, refusal)
  })
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    return sendRefusal(
      request,
      reply,
      new AppError('not_found', `Not Found: there is no ${request.method} ${path}`),
    )
  })
}

/** Writes a refusal as this API does. */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, error: AppError): FastifyReply {
  const isAudio = request.routeOptions.url?.endsWith('/messages/audio') ?? false
  const { status, detail } = wordRefusal(error, isAudio ? 'audioUrl' : 'mediaUrl')
  if (status === 401) void reply.header('www-authenticate', 'Bearer')
  if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', error.retryAfterSeconds)
  return reply.code(status).send({ detail })
}

/** A browser's EventSource cannot send headers. */
function hasToken(query: unknown): boolean {
  return typeof query === 'object' && query !== null && 'token' in query
}

function bearerOf(request: FastifyRequest): string {
  const header = request.headers.authorization
  if (header === undefined) {
    throw new AppError(
      'invalid_api_key',
      'Not authenticated. Send the header Authorization: Bearer YOUR_API_KEY',
    )
  }
  const [scheme, token, ...rest] = header.trim().split(/ +/)
  if (scheme?.toLowerCase() !== 'bearer' || token === undefined || rest.length > 0) {
    throw new AppError(
      'invalid_api_key',
      'Invalid authentication credentials. Send the header Authorization: Bearer YOUR_API_KEY',
    )
  }
  return token
}
