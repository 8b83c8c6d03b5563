import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Context } from '../../context.ts'
import type { Caller } from '../../domain/account.ts'
import { AppError } from '../../domain/app-error.ts'
import { authenticate } from '../../services/api-keys.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True: the route is open to everybody. Every other route needs an API key. */
    open?: boolean
  }
}

const callers = new WeakMap<FastifyRequest, Caller>()

/** Lets nobody in without a key, but for the routes that say `open`. Runs before the body is read. */
export function installAuth(app: FastifyInstance, ctx: Context): void {
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.open === true || request.is404) return
    callers.set(request, await authenticate(ctx, bearerOf(request)))
  })
}

/** Who sent this request; only on routes that need a key. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request)
  if (caller === undefined) throw new Error(`${request.routeOptions.url} is open and has no caller`)
  return caller
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
