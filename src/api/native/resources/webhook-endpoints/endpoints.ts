import { endpoint, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import { rotateSecret } from '../../../../services/webhooks/rotate-secret.ts'
import {
  changeEndpoint,
  createEndpoint,
  findEndpoints,
  getEndpoint,
  removeEndpoint,
} from '../../../../services/webhooks/endpoints.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { refusals } from '../../plugins/envelope.ts'
import { presentEndpoint } from './present.ts'
import {
  changeEndpointBody,
  createEndpointBody,
  deletedAnswer,
  endpointAnswer,
  endpointParams,
  endpointWithSecretAnswer,
  endpointsAnswer,
  gracePeriodSecondsDefault,
  rotateBody,
} from './schema.ts'

const tags = ['Webhooks']

export function webhookEndpointEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/webhook-endpoints',
        operationId: 'webhookEndpoints.create',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Add a webhook endpoint',
          description:
            'Events are posted there, signed per Standard Webhooks with the secret in this answer. An account can ' +
            'have many, each with the events, the senders and the headers that it wants.',
          body: createEndpointBody,
          response: { 201: endpointWithSecretAnswer, ...refusals(400, 413, 415) },
        },
        handler: async (request, reply) => {
          const { secret: own, ...wanted } = request.body
          const { secret, ...made } = await createEndpoint(ctx, {
            accountId: callerOf(request).account.id,
            ...wanted,
            ...(own !== undefined && { secret: own }),
          })
          return reply.code(201).send({ success: true, data: { ...presentEndpoint(made), secret } })
        },
      }),

      endpoint({
        method: 'GET',
        path: '/webhook-endpoints',
        operationId: 'webhookEndpoints.list',
        scope: 'read',
        schema: {
          tags,
          summary: 'List your webhook endpoints',
          description: 'And how each fares. Never their secrets.',
          response: { 200: endpointsAnswer, ...refusals() },
        },
        handler: async (request) => {
          const endpoints = await findEndpoints(ctx, { accountId: callerOf(request).account.id })
          return { success: true as const, data: endpoints.map(presentEndpoint) }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/webhook-endpoints/:id',
        operationId: 'webhookEndpoints.get',
        scope: 'read',
        schema: {
          tags,
          summary: 'Read a webhook endpoint',
          description: 'Its settings, whether it is enabled, and how it fares.',
          params: endpointParams,
          response: { 200: endpointAnswer, ...refusals(400, 404) },
        },
        handler: async (request) => {
          const found = await getEndpoint(ctx, { accountId: callerOf(request).account.id }, request.params.id)
          return { success: true as const, data: presentEndpoint(found) }
        },
      }),

      endpoint({
        method: 'PATCH',
        path: '/webhook-endpoints/:id',
        operationId: 'webhookEndpoints.update',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Change a webhook endpoint',
          description:
            'What is left out stays. A list takes the place of the one before; a header without a value keeps ' +
            'the value that it had.',
          params: endpointParams,
          body: changeEndpointBody,
          response: { 200: endpointAnswer, ...refusals(400, 404, 413, 415) },
        },
        handler: async (request) => {
          const named = { accountId: callerOf(request).account.id, id: request.params.id }
          const changed = await changeEndpoint(ctx, named, request.body)
          return { success: true as const, data: presentEndpoint(changed) }
        },
      }),

      endpoint({
        method: 'DELETE',
        path: '/webhook-endpoints/:id',
        operationId: 'webhookEndpoints.delete',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Remove a webhook endpoint',
          description: 'What was still on its way to it is canceled.',
          params: endpointParams,
          response: { 200: deletedAnswer, ...refusals(400, 404) },
        },
        handler: async (request) => {
          const { id } = request.params
          await removeEndpoint(ctx, { accountId: callerOf(request).account.id }, id)
          return { success: true as const, data: { id, deleted: true as const } }
        },
      }),

      endpoint({
        method: 'POST',
        path: '/webhook-endpoints/:id/rotate-secret',
        operationId: 'webhookEndpoints.rotateSecret',
        scope: 'manage',
        // Everything in it has a default.
        preValidation: (request, _reply, next) => {
          request.body ??= { gracePeriodSeconds: gracePeriodSecondsDefault }
          next()
        },
        schema: {
          tags,
          summary: 'Rotate a signing secret',
          description:
            'Gives a new secret. The one of now signs beside it for the grace period, so that no delivery is ' +
            'refused while your app changes over.',
          params: endpointParams,
          body: rotateBody,
          response: { 200: endpointWithSecretAnswer, ...refusals(400, 404, 413, 415) },
        },
        handler: async (request) => {
          const { gracePeriodSeconds, secret: own } = request.body
          const { secret, ...rotated } = await rotateSecret(ctx, {
            accountId: callerOf(request).account.id,
            id: request.params.id,
            gracePeriodSeconds,
            ...(own !== undefined && { secret: own }),
          })
          return { success: true as const, data: { ...presentEndpoint(rotated), secret } }
        },
      }),
    ],
  }
}
