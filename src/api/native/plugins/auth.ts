import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import { AppError } from '../../../domain/app-error.ts'
import { authenticate } from '../../../services/accounts/api-keys.ts'
import { admitRequest, showsToken } from '../../http/authenticate.ts'
import { limitRequests } from '../../http/rate-limit.ts'

/** Requires an API key as bearer token on every route that is not open. Runs before the body is read. */
export function installAuth(app: FastifyInstance, ctx: Context): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.scope === 'open' || request.is404) return
    if (showsToken(request)) return
    await admitRequest(ctx, { request, reply, secret: bearerOf(request) })
  })
}

/**
 * Shows the limit of a key that came with a request for nothing that there is. Without a key that is alive the answer
 * says nothing of one. Throws `rate_limited`.
 */
export async function countUnrouted(
  ctx: Context,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  try {
    const caller = await authenticate(ctx, { secret: bearerOf(request), verifyAtWrite: true })
    await limitRequests(ctx, caller, reply)
  } catch (error) {
    if (error instanceof AppError && error.code !== 'rate_limited') return
    throw error
  }
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
