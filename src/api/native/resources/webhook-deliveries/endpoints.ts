import { endpoint, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import {
  findDeliveries,
  getDelivery,
  resendDelivery,
  sendTest,
} from '../../../../services/webhooks/delivery-log.ts'
import { getRecovery, startRecovery } from '../../../../services/webhooks/replay.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { refusals } from '../../plugins/envelope.ts'
import { presentDeliveries, presentDetail, presentRecovery } from './present.ts'
import {
  deliveryParams,
  detailAnswer,
  endpointParams,
  listAnswer,
  listQuery,
  recoverBody,
  recoveryAnswer,
  recoveryParams,
  resentAnswer,
  testAnswer,
  testBody,
} from './schema.ts'

const tags = ['Webhooks']

export function webhookDeliveryEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'GET',
        path: '/webhook-endpoints/:id/deliveries',
        operationId: 'webhookDeliveries.list',
        scope: 'read',
        schema: {
          tags,
          summary: 'List what went to an endpoint',
          description: 'The newest first, a page at a time, each with what came of its last attempt.',
          params: endpointParams,
          querystring: listQuery,
          response: { 200: listAnswer, ...refusals(400, 404) },
        },
        handler: async (request) => {
          const { status = null, type = null, cursor = null, limit, since, until } = request.query
          const endpoint = { accountId: callerOf(request).account.id, endpointId: request.params.id }
          const times = { since: dateOrNull(since), until: dateOrNull(until) }
          return presentDeliveries(
            await findDeliveries(ctx, endpoint, { status, type, cursor, limit, ...times }),
          )
        },
      }),

      endpoint({
        method: 'GET',
        path: '/webhook-deliveries/:id',
        operationId: 'webhookDeliveries.get',
        scope: 'read',
        schema: {
          tags,
          summary: 'Read a delivery',
          description: 'With the event, and every attempt: how long it took, and what your app answered.',
          params: deliveryParams,
          response: { 200: detailAnswer, ...refusals(400, 404) },
        },
        handler: async (request) =>
          presentDetail(await getDelivery(ctx, callerOf(request).account.id, request.params.id)),
      }),

      endpoint({
        method: 'POST',
        path: '/webhook-deliveries/:id/resend',
        operationId: 'webhookDeliveries.resend',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Send a delivery again',
          description:
            'At once, with the same webhook-id, whether it was delivered or failed, and even if its endpoint is ' +
            'disabled. It is tried once; one that still waits for its next attempt gets that one now.',
          params: deliveryParams,
          response: { 202: resentAnswer, ...refusals(400, 404, 409) },
        },
        handler: async (request, reply) => {
          const { id } = request.params
          await resendDelivery(ctx, callerOf(request).account.id, id)
          return reply.code(202).send({ success: true, data: { id, status: 'pending' } })
        },
      }),

      endpoint({
        method: 'POST',
        path: '/webhook-endpoints/:id/test',
        operationId: 'webhookEndpoints.test',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Send an endpoint a sample',
          description:
            'The example of an event, signed as ever, with a header webhook-test: true. It is tried once; read its ' +
            'delivery to see what came of it.',
          params: endpointParams,
          body: testBody,
          response: { 202: testAnswer, ...refusals(400, 404, 413, 415) },
        },
        handler: async (request, reply) => {
          const deliveryId = await sendTest(ctx, {
            accountId: callerOf(request).account.id,
            endpointId: request.params.id,
            type: request.body.type,
          })
          return reply.code(202).send({ success: true, data: { deliveryId } })
        },
      }),

      endpoint({
        method: 'POST',
        path: '/webhook-endpoints/:id/recover',
        operationId: 'webhookEndpoints.recover',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Send an endpoint what it missed',
          description:
            'All that it should have heard between two instants and never took, up to 10,000 events, in the ' +
            'background. An endpoint that was disabled for its failures is enabled again, and gets what happened ' +
            'meanwhile.',
          params: endpointParams,
          body: recoverBody,
          response: { 202: recoveryAnswer, ...refusals(400, 404, 409, 413, 415) },
        },
        handler: async (request, reply) => {
          const recovery = await startRecovery(ctx, {
            accountId: callerOf(request).account.id,
            endpointId: request.params.id,
            since: new Date(request.body.since),
            until: dateOrNull(request.body.until),
          })
          return reply.code(202).send(presentRecovery(recovery))
        },
      }),

      endpoint({
        method: 'GET',
        path: '/webhook-recoveries/:id',
        operationId: 'webhookRecoveries.get',
        scope: 'read',
        schema: {
          tags,
          summary: 'Read a recovery',
          description: 'How far it has come.',
          params: recoveryParams,
          response: { 200: recoveryAnswer, ...refusals(400, 404) },
        },
        handler: async (request) =>
          presentRecovery(await getRecovery(ctx, callerOf(request).account.id, request.params.id)),
      }),
    ],
  }
}

function dateOrNull(text: string | undefined): Date | null {
  return text === undefined ? null : new Date(text)
}
