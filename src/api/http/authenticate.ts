import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../context.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { assertScope, authenticate, refusalOf } from '../../services/accounts/api-keys.ts'
import { limitRequests, showStanding } from './rate-limit.ts'

const callers = new WeakMap<object, Caller>()

/**
 * Admits a request by its API key, wherever its API expects the key: verifies the key and the address it is used
 * from, counts the request against the plan, and checks the scope that the route needs. A key that may not be used does
 * not use up the requests of those that may. Throws `invalid_api_key`, `account_deactivated`, `forbidden`,
 * `rate_limited` and `unavailable`.
 */
export async function admitRequest(
  ctx: Context,
  {
    request,
    reply,
    secret,
    countsRequests = true,
  }: {
    request: FastifyRequest
    reply: FastifyReply
    secret: string
    /** False: the API has limits of its own, and the plan's requests a minute do not add to them. */
    countsRequests?: boolean
  },
): Promise<void> {
  const { scope = 'manage', verifyAtWrite = false } = request.routeOptions.config
  if (scope === 'open') return
  const caller = await authenticate(ctx, { secret, verifyAtWrite })
  const refusal = refusalOf(caller, request.ip)
  if (refusal !== null) {
    if (countsRequests) await showStanding(ctx, caller, reply)
    throw refusal
  }
  callers.set(request, caller)
  if (countsRequests) await limitRequests(ctx, caller, reply)
  assertScope(caller, scope)
}

/** The account and key that sent a request. Throws on open routes, which have no caller. */
export function callerOf(request: Pick<FastifyRequest, 'routeOptions'>): Caller {
  const caller = callers.get(request)
  if (caller === undefined) throw new Error(`${request.routeOptions.url} is open and has no caller`)
  return caller
}

/** A header that a client shows a key or an account in, without blanks around it; empty when it is absent. */
export function shownIn(request: Pick<FastifyRequest, 'headers'>, name: string): string {
  const value = request.headers[name]
  return typeof value === 'string' ? value.trim() : ''
}

/** Whether a request for a route that takes tokens shows one: a browser's EventSource cannot send headers. */
export function showsToken({ routeOptions, query }: Pick<FastifyRequest, 'routeOptions' | 'query'>): boolean {
  const hasToken = typeof query === 'object' && query !== null && 'token' in query
  return routeOptions.config.takesToken === true && hasToken
}
