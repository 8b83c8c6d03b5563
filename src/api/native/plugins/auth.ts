import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import type { Caller, KeyScope } from '../../../domain/accounts/account.ts'
import { AppError } from '../../../domain/app-error.ts'
import { assertScope, authenticate } from '../../../services/accounts/api-keys.ts'
import { limitRequests } from './rate-limit.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True: the route is open to everybody. Every other route needs an API key ... */
    open?: boolean
    /** ... with this scope; a route that names none needs `manage`. */
    scope?: KeyScope
    /** True: the request proves its key again when it writes, so a caller known from a moment ago will do. */
    verifyAtWrite?: boolean
  }
}

const callers = new WeakMap<FastifyRequest, Caller>()

/** Lets nobody in without a key, but for the routes that say `open`. Runs before the body is read. */
export function installAuth(app: FastifyInstance, ctx: Context): void {
  app.addHook('onRequest', async (request, reply) => {
    const { open, scope, verifyAtWrite = false } = request.routeOptions.config
    if (open === true || request.is404) return
    const caller = await authenticate(ctx, {
      secret: bearerOf(request),
      address: request.ip,
      verifyAtWrite,
    })
    callers.set(request, caller)
    await limitRequests(ctx, caller, reply)
    assertScope(caller, scope ?? 'manage')
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
