import { endpoint, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import { createApiKey, endApiKey, findApiKeys, modeOfNewKey } from '../../../../services/accounts/api-keys.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { refusals } from '../../plugins/envelope.ts'
import { presentKey } from './present.ts'
import { createKeyAnswer, createKeyBody, keyParams, listKeysAnswer, revokedAnswer } from './schema.ts'

const tags = ['Keys']

export function keyEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/keys',
        operationId: 'keys.create',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Create an API key',
          description: 'With a name, and as little power as it needs. The key is shown once.',
          body: createKeyBody,
          response: { 201: createKeyAnswer, ...refusals(400, 413, 415) },
        },
        handler: async (request, reply) => {
          const { name, mode, scopes, expiresAt, allowedCidrs } = request.body
          const { key, secret } = await createApiKey(ctx, {
            accountId: callerOf(request).account.id,
            name,
            mode: modeOfNewKey(callerOf(request), mode),
            ...(scopes !== undefined && { scopes }),
            expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
            allowedCidrs: allowedCidrs ?? null,
          })
          return reply.code(201).send({ success: true, data: { ...presentKey(key), apiKey: secret } })
        },
      }),

      endpoint({
        method: 'GET',
        path: '/keys',
        operationId: 'keys.list',
        scope: 'manage',
        schema: {
          tags,
          summary: 'List your API keys',
          description: 'Never their secrets.',
          response: { 200: listKeysAnswer, ...refusals() },
        },
        handler: async (request) => {
          const keys = await findApiKeys(ctx, callerOf(request).account.id)
          return { success: true as const, data: keys.map(presentKey) }
        },
      }),

      endpoint({
        method: 'DELETE',
        path: '/keys/:id',
        operationId: 'keys.revoke',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Revoke an API key',
          description: 'It is refused at once, everywhere.',
          params: keyParams,
          response: { 200: revokedAnswer, ...refusals(400, 404) },
        },
        handler: async (request) => {
          const { id } = request.params
          await endApiKey(ctx, callerOf(request).account.id, id)
          return { success: true as const, data: { id, revoked: true as const } }
        },
      }),
    ],
  }
}
