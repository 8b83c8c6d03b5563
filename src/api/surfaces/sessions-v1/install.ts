import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import { AppError } from '../../../domain/app-error.ts'
import { admitRequest, showsToken } from '../../http/authenticate.ts'
import { pathOf } from '../../http/base-url.ts'
import { readTolerantly } from './tolerance.ts'
import { wordRefusal } from './words.ts'

/** Sets up what all endpoints of this API share: keys as bearer tokens, and tolerance for odd types. */
export function installSessionsV1(app: FastifyInstance, ctx: Context): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.scope === 'open' || request.is404) return
    if (showsToken(request)) return
    await admitRequest(ctx, { request, reply, secret: bearerOf(request), countsRequests: false })
  })
  app.addHook('preValidation', (request, _reply, next) => {
    request.body = readTolerantly(request.body)
    next()
  })
}

/** Writes a refusal as this API does. */
export function sendRefusal(request: FastifyRequest, reply: FastifyReply, error: AppError): FastifyReply {
  const isAudio = request.routeOptions.url?.endsWith('/messages/audio') ?? false
  const { status, detail } = wordRefusal(error, isAudio ? 'audioUrl' : 'mediaUrl')
  if (status === 401) void reply.header('www-authenticate', 'Bearer')
  if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', error.retryAfterSeconds)
  if (!request.is404 || error.code !== 'not_found') return reply.code(status).send({ detail })
  const path = pathOf(request)
  return reply.code(status).send({ detail: `Not Found: there is no ${request.method} ${path}` })
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
