import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod'
import type { Context } from '../../../../context.ts'
import { rotateSecret } from '../../../../services/webhooks/rotate-secret.ts'
import {
  changeEndpoint,
  createEndpoint,
  findEndpoints,
  getEndpoint,
  removeEndpoint,
} from '../../../../services/webhooks/endpoints.ts'
import { callerOf } from '../../plugins/auth.ts'
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

export function webhookEndpointRoutes(ctx: Context): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.post(
      '/webhook-endpoints',
      {
        config: { scope: 'manage' },
        schema: {
          tags,
          summary: 'Add a webhook endpoint',
          description:
            'Events are posted there, signed per Standard Webhooks with the secret in this answer. An account can ' +
            'have many, each with the events, the senders and the headers that it wants.',
          body: createEndpointBody,
          response: { 201: endpointWithSecretAnswer, ...refusals(400, 413, 415) },
        },
      },
      async (request, reply) => {
        const { secret: own, ...wanted } = request.body
        const { secret, ...made } = await createEndpoint(ctx, {
          accountId: callerOf(request).account.id,
          ...wanted,
          ...(own !== undefined && { secret: own }),
        })
        return reply.code(201).send({ success: true, data: { ...presentEndpoint(made), secret } })
      },
    )

    app.get(
      '/webhook-endpoints',
      {
        config: { scope: 'read' },
        schema: {
          tags,
          summary: 'List your webhook endpoints',
          description: 'And how each fares. Never their secrets.',
          response: { 200: endpointsAnswer, ...refusals() },
        },
      },
      async (request) => {
        const endpoints = await findEndpoints(ctx, callerOf(request).account.id)
        return { success: true as const, data: endpoints.map(presentEndpoint) }
      },
    )

    app.get(
      '/webhook-endpoints/:id',
      {
        config: { scope: 'read' },
        schema: {
          tags,
          summary: 'Read a webhook endpoint',
          description: 'Its settings, whether it is enabled, and how it fares.',
          params: endpointParams,
          response: { 200: endpointAnswer, ...refusals(400, 404) },
        },
      },
      async (request) => {
        const found = await getEndpoint(ctx, callerOf(request).account.id, request.params.id)
        return { success: true as const, data: presentEndpoint(found) }
      },
    )

    app.patch(
      '/webhook-endpoints/:id',
      {
        config: { scope: 'manage' },
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
      },
      async (request) => {
        const named = { accountId: callerOf(request).account.id, id: request.params.id }
        const changed = await changeEndpoint(ctx, named, request.body)
        return { success: true as const, data: presentEndpoint(changed) }
      },
    )

    app.delete(
      '/webhook-endpoints/:id',
      {
        config: { scope: 'manage' },
        schema: {
          tags,
          summary: 'Remove a webhook endpoint',
          description: 'What was still on its way to it is canceled.',
          params: endpointParams,
          response: { 200: deletedAnswer, ...refusals(400, 404) },
        },
      },
      async (request) => {
        const { id } = request.params
        await removeEndpoint(ctx, callerOf(request).account.id, id)
        return { success: true as const, data: { id, deleted: true as const } }
      },
    )

    app.post(
      '/webhook-endpoints/:id/rotate-secret',
      {
        // Everything in it has a default.
        preValidation: (request, _reply, next) => {
          request.body ??= { gracePeriodSeconds: gracePeriodSecondsDefault }
          next()
        },
        config: { scope: 'manage' },
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
      },
      async (request) => {
        const { gracePeriodSeconds, secret: own } = request.body
        const { secret, ...rotated } = await rotateSecret(ctx, {
          accountId: callerOf(request).account.id,
          id: request.params.id,
          gracePeriodSeconds,
          ...(own !== undefined && { secret: own }),
        })
        return { success: true as const, data: { ...presentEndpoint(rotated), secret } }
      },
    )
    done()
  }
}
