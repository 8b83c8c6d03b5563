import { z } from 'zod'
import type { Context } from '../../../../context.ts'
import type { ApiKey } from '../../../../domain/accounts/account.ts'
import { AppError } from '../../../../domain/app-error.ts'
import { after } from '../../../../kit/clock.ts'
import { isUuid } from '../../../../kit/id.ts'
import { createApiKeyUpTo, endApiKey, findApiKeys } from '../../../../services/accounts/api-keys.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { endpoint, type Resource } from '../../../http/endpoint.ts'
import { idParams, instant, refusals, text, whole } from '../fields.ts'
import { documented } from '../names.ts'

/** Keys that an account can make by this API. */
const keysMax = 10
const dayMs = 24 * 3_600_000

const exampleId = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a60'

const createBody = z
  .object({
    name: text(1, 100),
    description: text(0, 500).optional(),
    expiresInDays: whole(1, 365).optional(),
  })
  .meta({ examples: [{ name: 'Production', expiresInDays: 90 }] })

const keyFields = {
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  keyPrefix: z.string(),
  requestCount: z.int().meta({ description: 'Requests that it let in.' }),
  lastUsedAt: instant.nullable(),
  expiresAt: instant.nullable(),
  createdAt: instant,
  updatedAt: instant,
}
const example = {
  id: exampleId,
  name: 'Production',
  description: null,
  keyPrefix: 'sk_live_3f9****',
  requestCount: 0,
  lastUsedAt: null,
  expiresAt: '2026-06-26T10:00:00.000Z',
  createdAt: '2026-03-28T10:00:00.000Z',
  updatedAt: '2026-03-28T10:00:00.000Z',
}
const keyView = z.object(keyFields).meta({ examples: [example] })
const newKeyView = z
  .object({ ...keyFields, apiKey: z.string().meta({ description: 'Shown once.' }) })
  .meta({ examples: [{ ...example, apiKey: 'sk_live_3f9c1e7a5b2d48069f1e3a7c5d9b2048f6e1a3c7d5b90482' }] })
const keysAnswer = z
  .object({ keys: z.array(keyView), total: z.int() })
  .meta({ examples: [{ keys: [example], total: 1 }] })
const { id, name, requestCount, lastUsedAt, createdAt, expiresAt } = keyFields
const usageAnswer = z.object({ id, name, requestCount, lastUsedAt, expiresAt, createdAt }).meta({
  examples: [
    {
      id: exampleId,
      name: 'Production',
      requestCount: 1_204,
      lastUsedAt: '2026-03-28T10:00:00.000Z',
      expiresAt: null,
      createdAt: '2026-03-01T10:00:00.000Z',
    },
  ],
})

/** The API keys of an account. */
export function keyEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/keys',
        operationId: 'sessionsV1.createKey',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Create an API key',
          description: 'It may do what the key that asks may do, and is shown once. Ten at most.',
          body: createBody,
          response: { 201: newKeyView, ...refusals(400, 413, 415) },
        },
        handler: async (request, reply) => {
          const { account, key: own } = callerOf(request)
          const { expiresInDays: days, description, ...given } = request.body
          const made = await createApiKeyUpTo(
            ctx,
            {
              ...given,
              accountId: account.id,
              mode: own.mode,
              scopes: own.scopes,
              allowedCidrs: own.allowedCidrs,
              description: description ?? null,
              expiresAt: days === undefined ? null : after(ctx.clock.now(), days * dayMs),
            },
            keysMax,
          )
          if (made === null) {
            throw new AppError(
              'limit_reached',
              `Maximum API key limit (${keysMax}) reached. Revoke one that is not needed any more.`,
            )
          }
          return reply.code(201).send({ ...presentKey(made.key), apiKey: made.secret })
        },
      }),

      endpoint({
        method: 'GET',
        path: '/keys',
        operationId: 'sessionsV1.listKeys',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'List your API keys',
          description: 'Never the keys themselves.',
          response: { 200: keysAnswer, ...refusals() },
        },
        handler: async (request) => {
          const keys = await findApiKeys(ctx, callerOf(request).account.id)
          return { keys: keys.map(presentKey), total: keys.length }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/keys/:id',
        operationId: 'sessionsV1.getKey',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Read an API key',
          description: 'Never the key itself.',
          params: idParams,
          response: { 200: keyView, ...refusals(404) },
        },
        handler: async (request) =>
          presentKey(await findKey(ctx, callerOf(request).account.id, request.params.id)),
      }),

      endpoint({
        method: 'GET',
        path: '/keys/:id/usage',
        operationId: 'sessionsV1.getKeyUsage',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Read how often a key was used',
          description: 'Requests that it let in, and when it did last.',
          params: idParams,
          response: { 200: usageAnswer, ...refusals(404) },
        },
        handler: async (request) => {
          const found = await findKey(ctx, callerOf(request).account.id, request.params.id)
          const { keyPrefix: _prefix, description: _none, updatedAt: _at, ...usage } = presentKey(found)
          return usage
        },
      }),

      endpoint({
        method: 'DELETE',
        path: '/keys/:id',
        operationId: 'sessionsV1.revokeKey',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Revoke an API key',
          description: 'It is refused at once, everywhere.',
          params: idParams,
          response: { 204: z.null().meta({ description: 'Revoked.' }), ...refusals(404) },
        },
        handler: async (request, reply) => {
          const { id: accountId } = callerOf(request).account
          await endApiKey(ctx, accountId, (await findKey(ctx, accountId, request.params.id)).id)
          return reply.code(204).send(null)
        },
      }),
    ],
  }
}

async function findKey(ctx: Context, accountId: string, given: string): Promise<ApiKey> {
  const keys = isUuid(given) ? await findApiKeys(ctx, accountId) : []
  const found = keys.find((key) => key.id === given.toLowerCase())
  if (found === undefined) throw new AppError('not_found', 'API key not found or already revoked')
  return found
}

function presentKey(key: ApiKey): z.input<typeof keyView> {
  const createdAtText = key.createdAt.toISOString()
  return {
    id: key.id,
    name: key.name,
    description: key.description,
    keyPrefix: `${key.hint.split('…')[0] ?? ''}****`,
    requestCount: key.requestCount,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    createdAt: createdAtText,
    // A key never changes.
    updatedAt: createdAtText,
  }
}
