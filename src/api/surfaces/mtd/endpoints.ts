import type { FastifyRequest, preValidationAsyncHookHandler } from 'fastify'
import type { Context } from '../../../context.ts'
import { countUse } from '../../../services/accounts/rate-limits.ts'
import { callerOf } from '../../http/authenticate.ts'
import { endpoint, type Resource } from '../../http/endpoint.ts'
import { countries, toDigits } from './countries.ts'
import {
  connectBody,
  countriesAnswer,
  pairAnswer,
  pairBody,
  refusalsOf,
  sendAnswer,
  sendBody,
  sentences,
  statusAnswer,
  statusParams,
  statusRest,
  textsOf,
} from './schema.ts'
import { sendText } from './send.ts'
import {
  creditsRemaining,
  findSession,
  isConnected,
  pairSession,
  restoreSession,
  surfaceName,
} from './sessions.ts'

export const tag = 'MTD'
const tags = [tag]
const security = [{ mtdKey: [] }]
const minuteMs = 60_000

export function mtdEndpoints(ctx: Context): Resource {
  /** Requests that an account may make of a route. */
  const limited =
    (name: string, max: number, windowMs: number): preValidationAsyncHookHandler =>
    async (request) => {
      const accountId = callerOf(request).account.id
      await countUse(ctx, { accountId, name: `${surfaceName}.${name}`, max, windowMs })
    }

  const statusLimit = limited('status', 20, minuteMs)
  const statusOf = async (request: FastifyRequest, key: string) => {
    const connected = await isConnected(ctx, await findSession(ctx, callerOf(request), key))
    return {
      success: true as const,
      message: connected ? 'Session is active.' : 'Session is not connected.',
      session_id: key,
      ...stateOf(connected),
    }
  }

  return {
    endpoints: [
      endpoint({
        method: 'GET',
        path: '/countries',
        operationId: 'mtd.countries',
        scope: 'open',
        schema: {
          tags,
          security: [],
          summary: 'List the country codes',
          description: 'Needs no key and has no limit. SA is another code of ZA, and CA of US.',
          response: { 200: countriesAnswer },
        },
        handler: async (_request, reply) => {
          void reply.header('cache-control', 'public, max-age=86400')
          return { success: true as const, message: 'Supported countries.', countries: [...countries()] }
        },
      }),

      endpoint({
        method: 'POST',
        path: '/pair',
        operationId: 'mtd.pair',
        scope: 'manage',
        preValidation: limited('pair', 5, 5 * minuteMs),
        schema: {
          tags,
          security,
          summary: 'Link a number',
          description:
            'Answers with a code, within 20 seconds, to be typed on the phone. Costs a credit where credits are enforced.',
          body: pairBody,
          response: { 200: pairAnswer, ...refusalsOf(400, 401, 402, 403, 409, 413, 415, 429, 501, 503) },
        },
        handler: async (request) => {
          const { session_id, phone_number, country } = textsOf(request.body)
          const phone = toDigits(phone_number, country)
          const caller = callerOf(request)
          const code = await pairSession(ctx, caller, { key: session_id, phone })
          return {
            success: true as const,
            message: sentences.paired,
            pairing_code: code,
            session_id,
            phone_number: phone,
            credits_remaining: await creditsRemaining(ctx, caller),
          }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/status/:session_id',
        operationId: 'mtd.status',
        scope: 'read',
        preValidation: statusLimit,
        schema: {
          tags,
          security,
          summary: 'Ask whether a session is connected',
          description: 'A name may hold slashes, encoded or not.',
          params: statusParams,
          response: { 200: statusAnswer, ...refusalsOf(400, 401, 403, 404, 429, 503) },
        },
        handler: (request) => statusOf(request, String(request.params.session_id)),
      }),

      endpoint({
        method: 'GET',
        path: '/status/*',
        operationId: null,
        scope: 'read',
        preValidation: statusLimit,
        schema: { params: statusRest },
        handler: (request) => statusOf(request, String(request.params['*'])),
      }),

      endpoint({
        method: 'POST',
        path: '/send',
        operationId: 'mtd.send',
        scope: 'send',
        preValidation: limited('send', 30, minuteMs),
        schema: {
          tags,
          security,
          summary: 'Send a text',
          description:
            'Waits for WhatsApp’s word, for at most 20 seconds. Costs a credit where credits are enforced; it is given ' +
            'back when nothing was sent.',
          body: sendBody,
          response: { 200: sendAnswer, ...refusalsOf(400, 401, 402, 403, 409, 413, 415, 429, 503) },
        },
        handler: async (request) => {
          const { session_id, to: typed, country, message } = textsOf(request.body)
          const to = toDigits(typed, country)
          const caller = callerOf(request)
          const isSent = await sendText(ctx, caller, { key: session_id, to, text: message })
          return {
            success: true as const,
            message: isSent ? sentences.sent : 'Message accepted. WhatsApp has not answered yet; it goes on.',
            to,
            session_id,
            credits_remaining: await creditsRemaining(ctx, caller),
          }
        },
      }),

      endpoint({
        method: 'POST',
        path: '/connect',
        operationId: 'mtd.connect',
        scope: 'manage',
        preValidation: limited('connect', 10, minuteMs),
        schema: {
          tags,
          security,
          summary: 'Restore a session',
          description: 'Waits a few seconds; `connected` tells whether it is back.',
          body: connectBody,
          response: { 200: statusAnswer, ...refusalsOf(400, 401, 403, 409, 413, 415, 429, 501, 503) },
        },
        handler: async (request) => {
          const { session_id } = textsOf(request.body)
          const connected = await restoreSession(ctx, callerOf(request), session_id)
          return {
            success: true as const,
            message: connected
              ? 'Session restored.'
              : 'Session is not back yet: ask for its status in a few seconds. If it stays away, pair it again.',
            session_id,
            ...stateOf(connected),
          }
        },
      }),
    ],
  }
}

function stateOf(connected: boolean): { connected: boolean; status: 'active' | 'not_connected' } {
  return { connected, status: connected ? 'active' : 'not_connected' }
}
