import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import type { Caller } from '../../../domain/accounts/account.ts'
import { AppError } from '../../../domain/app-error.ts'
import { assertScope, authenticate } from '../../../services/accounts/api-keys.ts'
import { limitRequests } from './rate-limit.ts'

const callers = new WeakMap<object, Caller>()

/** Refuses requests without a key that has the route's scope, except on open routes. Runs before the body is read. */
export function installAuth(app: FastifyInstance, ctx: Context): void {
  app.addHook('onRequest', async (request, reply) => {
    const { scope = 'manage', verifyAtWrite = false } = request.routeOptions.config
    if (scope === 'open' || request.is404) return
    const caller = await authenticate(ctx, {
      secret: bearerOf(request),
      address: request.ip,
      verifyAtWrite,
    })
    callers.set(request, caller)
    await limitRequests(ctx, caller, reply)
    assertScope(caller, scope)
  })
}

/** The account and key that sent a request. Throws on open routes, which have no caller. */
export function callerOf(request: Pick<FastifyRequest, 'routeOptions'>): Caller {
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
