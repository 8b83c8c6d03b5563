import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Context } from '../../../../context.ts'
import { AppError } from '../../../../domain/app-error.ts'
import { isUuid } from '../../../../kit/id.ts'
import {
  changeEndpoint,
  createEndpoint,
  findEndpoints,
  getEndpoint,
  removeEndpoint,
} from '../../../../services/webhooks/endpoints.ts'
import { rotateSecret } from '../../../../services/webhooks/rotate-secret.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { endpoint, type Resource } from '../../../http/endpoint.ts'
import { idParams, refusals, whole } from '../fields.ts'
import { documented } from '../names.ts'
import { findOwn } from '../sessions/own.ts'
import { readLogs, testWebhook } from './deliveries.ts'
import {
  catalogue,
  changeBody,
  createBody,
  eventsAnswer,
  logsAnswer,
  presentWebhook,
  subscribedTo,
  testAnswer,
  webhooksAnswer,
  webhookView,
  webhookWithSecretView,
} from './schema.ts'

const format = 'envelope'

/** Where the events of an account go in the shape of this API, and the events that there are. */
export function webhookEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/webhooks',
        operationId: 'sessionsV1.createWebhook',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Add a webhook',
          description:
            'Events are posted there as `{ id, type, timestamp, data }`, signed with the secret in this answer: ' +
            '`X-Webhook-Signature` is `sha256=` and the HMAC-SHA256 of `X-Webhook-Timestamp`, a full stop and the body.',
          body: createBody,
          response: { 201: webhookWithSecretView, ...refusals(400, 404, 413, 415) },
        },
        handler: async (request, reply) => {
          const caller = callerOf(request)
          const { url, events, sessionId } = request.body
          const { secret, ...made } = await createEndpoint(ctx, {
            ...plain,
            accountId: caller.account.id,
            format,
            url,
            events: subscribedTo(events),
            sessions: sessionId === undefined ? [] : [(await findOwn(ctx, caller, sessionId)).session.id],
          })
          return reply.code(201).send({ ...presentWebhook(made), secret })
        },
      }),

      endpoint({
        method: 'GET',
        path: '/webhooks',
        operationId: 'sessionsV1.listWebhooks',
        scope: 'read',
        schema: {
          ...documented,
          summary: 'List your webhooks',
          description: 'Those that were made by this API. Never their secrets.',
          response: { 200: webhooksAnswer, ...refusals() },
        },
        handler: async (request) => {
          const found = await findEndpoints(ctx, placeOf(request))
          return { webhooks: found.map(presentWebhook), total: found.length }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/webhooks/:id',
        operationId: 'sessionsV1.getWebhook',
        scope: 'read',
        schema: {
          ...documented,
          summary: 'Read a webhook',
          description: 'Never its secret.',
          params: idParams,
          response: { 200: webhookView, ...refusals(404) },
        },
        handler: async (request) => presentWebhook(await getEndpoint(ctx, placeOf(request), idOf(request))),
      }),

      endpoint({
        method: 'PATCH',
        path: '/webhooks/:id',
        operationId: 'sessionsV1.updateWebhook',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Change a webhook',
          description: 'What is left out stays.',
          params: idParams,
          body: changeBody,
          response: { 200: webhookView, ...refusals(404, 413, 415) },
        },
        handler: async (request) => {
          const { url, events, enabled } = request.body
          const changed = await changeEndpoint(
            ctx,
            { ...placeOf(request), id: idOf(request) },
            {
              ...(url !== undefined && { url }),
              ...(events !== undefined && { events: subscribedTo(events) }),
              ...(enabled !== undefined && { enabled }),
            },
          )
          return presentWebhook(changed)
        },
      }),

      endpoint({
        method: 'DELETE',
        path: '/webhooks/:id',
        operationId: 'sessionsV1.deleteWebhook',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Remove a webhook',
          description: 'What was still on its way to it is canceled.',
          params: idParams,
          response: { 204: z.null().meta({ description: 'Removed.' }), ...refusals(404) },
        },
        handler: async (request, reply) => {
          await removeEndpoint(ctx, placeOf(request), idOf(request))
          return reply.code(204).send(null)
        },
      }),

      endpoint({
        method: 'POST',
        path: '/webhooks/:id/rotate-secret',
        operationId: 'sessionsV1.rotateWebhookSecret',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Rotate the secret of a webhook',
          description: 'The one before signs no more.',
          params: idParams,
          response: { 200: webhookWithSecretView, ...refusals(404) },
        },
        handler: async (request) => {
          const rotation = { ...placeOf(request), id: idOf(request), gracePeriodSeconds: 0 }
          const { secret, ...rotated } = await rotateSecret(ctx, rotation)
          return { ...presentWebhook(rotated), secret }
        },
      }),

      endpoint({
        method: 'POST',
        path: '/webhooks/:id/test',
        operationId: 'sessionsV1.testWebhook',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Send a sample to a webhook',
          description:
            'Of an event that it subscribes to, with the header `X-Webhook-Test`. Answers with what came of it.',
          params: idParams,
          response: { 200: testAnswer, ...refusals(404) },
        },
        handler: async (request) => testWebhook(ctx, placeOf(request), idOf(request)),
      }),

      endpoint({
        method: 'GET',
        path: '/webhooks/:id/logs',
        operationId: 'sessionsV1.listWebhookLogs',
        scope: 'read',
        schema: {
          ...documented,
          summary: 'Read the log of a webhook',
          description: 'What went there lately and what came of it, the newest first.',
          params: idParams,
          querystring: z.object({ limit: whole(1, 100).default(50) }),
          response: { 200: logsAnswer, ...refusals(404) },
        },
        handler: async (request) =>
          readLogs(ctx, placeOf(request), { id: idOf(request), limit: request.query.limit }),
      }),

      endpoint({
        method: 'GET',
        path: '/events',
        operationId: 'sessionsV1.listEvents',
        scope: 'read',
        schema: {
          ...documented,
          summary: 'List the events that there are',
          description:
            'Names of the groups `chat`, `group`, `contact` and `call` can be subscribed to as well: nothing is told of ' +
            'them.',
          response: { 200: eventsAnswer, ...refusals() },
        },
        handler: () => catalogue,
      }),
    ],
  }
}

/** The settings that a webhook of this API cannot choose. */
const plain = { description: null, headers: [], ratePerSecond: null, ordered: false, enabled: true }

function placeOf(request: Pick<FastifyRequest, 'routeOptions'>) {
  return { accountId: callerOf(request).account.id, format } as const
}

function idOf({ params: { id } }: { params: { id: string } }): string {
  if (isUuid(id)) return id.toLowerCase()
  throw new AppError('not_found', 'Webhook not found')
}
