import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import { AppError } from '../../../domain/app-error.ts'
import { admitRequest } from '../../http/authenticate.ts'

/** Requires an API key as bearer token on every route that is not open. Runs before the body is read. */
export function installAuth(app: FastifyInstance, ctx: Context): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.scope === 'open' || request.is404) return
    await admitRequest(ctx, { request, reply, secret: bearerOf(request) })
  })
}

function bearerOf(request: FastifyRequest): string {
  const header = request.headers.authorization
  if (header === undefined) {
    throw new AppError(
      'invalid_api_key',
      'The Authorization header is missing. Send: Authorization: Bearer sk_live_...',
    )
  }
  const [scheme, token, ...rest] = header.split(' ')
  if (scheme?.toLowerCase() !== 'bearer' || token === undefined || token === '' || rest.length > 0) {
    throw new AppError(
      'invalid_api_key',
      'The Authorization header is malformed. It must be: Authorization: Bearer sk_live_...',
    )
  }
  return token
}
