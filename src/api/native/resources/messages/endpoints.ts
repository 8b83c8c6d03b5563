import { endpoint, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import { acceptBulk } from '../../../../services/messages/accept-bulk.ts'
import { acceptMessage } from '../../../../services/messages/accept.ts'
import { getBatch } from '../../../../services/messages/batches.ts'
import { findMessages } from '../../../../services/messages/list.ts'
import { cancelMessage, getMessage, retryMessage } from '../../../../services/messages/manage.ts'
import { markMessageRead } from '../../../../services/messages/mark-read.ts'
import { operatorsDay } from '../../../../services/accounts/rate-limits.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { refusals } from '../../plugins/envelope.ts'
import { idempotencyKey, idempotencyOf, markReplayed } from '../../../http/idempotency.ts'
import { readItems } from './bulk.ts'
import {
  batchAnswer,
  bulkAnswer,
  canceledAnswer,
  listAnswer,
  messageAnswer,
  readAnswer,
  retriedAnswer,
  sendAnswer,
} from './answers.ts'
import { idParams, listQuery, toListRequest } from './list-request.ts'
import { presentBatch, presentBulk, presentDetail, presentPage } from './present.ts'
import { bulkBody, readBody, sendBody, toSendRequest } from './requests.ts'

/** Five thousand items of a few kilobytes each. */
const bulkBytesMax = 16 * 1_048_576

export function messageEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/send-message',
        operationId: 'messages.send',
        scope: 'send',
        document: { parameters: [idempotencyKey('order-1234-shipped')] },
        verifyAtWrite: true,
        schema: {
          tags: ['Messages'],
          summary: 'Send a message',
          description:
            'Answers 202 once the message is stored; delivery goes on in the background. With an Idempotency-Key ' +
            'header the same request can be repeated for 24 hours without sending twice.',
          body: sendBody,
          response: { 202: sendAnswer, ...refusals(400, 402, 404, 409, 413, 415) },
        },
        handler: async (request, reply) => {
          const send = toSendRequest(request.body)
          const { accepted, replayed } = await acceptMessage(
            ctx,
            callerOf(request),
            send,
            idempotencyOf(request),
            operatorsDay(ctx),
          )
          ctx.log.debug({ requestId: request.id, messageId: accepted.id, replayed }, 'a message was accepted')
          markReplayed(reply, replayed)
          return reply.code(202).send({ success: true, data: accepted })
        },
      }),

      endpoint({
        method: 'GET',
        path: '/messages/:id',
        operationId: 'messages.get',
        scope: 'read',
        schema: {
          tags: ['Messages'],
          summary: 'Read a message',
          description: 'Its content, its status, its timeline, and every attempt to hand it over.',
          params: idParams,
          response: { 200: messageAnswer, ...refusals(400, 404) },
        },
        handler: async (request) =>
          presentDetail(await getMessage(ctx, callerOf(request).account.id, request.params.id)),
      }),

      endpoint({
        method: 'GET',
        path: '/messages',
        operationId: 'messages.list',
        scope: 'read',
        schema: {
          tags: ['Messages'],
          summary: 'List messages',
          description:
            'The newest first, or with order=asc the oldest, a page at a time: walk by `cursor`, whose cost stays the ' +
            'same however far you go. Filters can be combined. `with` gives a conversation: both directions.',
          querystring: listQuery,
          response: { 200: listAnswer, ...refusals(400, 404) },
        },
        handler: async (request) =>
          presentPage(await findMessages(ctx, callerOf(request).account.id, toListRequest(request.query))),
      }),

      endpoint({
        method: 'POST',
        path: '/messages/bulk',
        operationId: 'messages.sendBulk',
        scope: 'send',
        document: { parameters: [idempotencyKey('campaign-7-part-1')] },
        bodyLimit: bulkBytesMax,
        schema: {
          tags: ['Messages'],
          summary: 'Send many messages',
          description:
            'Items that are wrong, or that your credits do not reach for, are left out and listed in `errors`; the ' +
            'others are accepted, all at once. How many a request may hold depends on your plan.',
          body: bulkBody,
          response: { 202: bulkAnswer, ...refusals(400, 402, 409, 413, 415) },
        },
        handler: async (request, reply) => {
          const items = readItems(request.body.messages)
          const { accepted, replayed } = await acceptBulk(
            ctx,
            callerOf(request),
            items,
            idempotencyOf(request),
            operatorsDay(ctx),
          )
          const { batchId, queued } = accepted
          ctx.log.debug({ requestId: request.id, batchId, queued, replayed }, 'a batch was accepted')
          markReplayed(reply, replayed)
          return reply.code(202).send(presentBulk(accepted))
        },
      }),

      endpoint({
        method: 'GET',
        path: '/batches/:id',
        operationId: 'batches.get',
        scope: 'read',
        schema: {
          tags: ['Messages'],
          summary: 'Read a batch',
          description: 'How many of its messages stand where.',
          params: idParams,
          response: { 200: batchAnswer, ...refusals(400, 404) },
        },
        handler: async (request) =>
          presentBatch(await getBatch(ctx, callerOf(request).account.id, request.params.id)),
      }),

      endpoint({
        method: 'POST',
        path: '/messages/:id/retry',
        operationId: 'messages.retry',
        scope: 'send',
        schema: {
          tags: ['Messages'],
          summary: 'Retry a failed message',
          description:
            'Puts it back into the line with a new life. Where messages cost credits and those of this one were given ' +
            'back, it is paid again.',
          params: idParams,
          response: { 202: retriedAnswer, ...refusals(400, 402, 404, 409) },
        },
        handler: async (request, reply) => {
          const { id } = await retryMessage(ctx, callerOf(request).account.id, request.params.id)
          ctx.log.debug({ requestId: request.id, messageId: id }, 'a message is tried again')
          return reply.code(202).send({ success: true, data: { id, status: 'queued' } })
        },
      }),

      endpoint({
        method: 'POST',
        path: '/messages/:id/read',
        operationId: 'messages.markRead',
        scope: 'send',
        schema: {
          tags: ['Messages'],
          summary: 'Mark a message as read',
          description:
            'Shows the customer that their message was read, as if it had been opened on a phone; earlier ones count as ' +
            'read, too. With `typing` they see that an answer is being written, until it comes or for 25 seconds. ' +
            'Repeating it does no harm.',
          params: idParams,
          body: readBody,
          response: { 200: readAnswer, ...refusals(400, 404, 409, 422) },
        },
        handler: async (request) => {
          const { typing = false } = request.body ?? {}
          const { id, readAt } = await markMessageRead(ctx, callerOf(request), {
            id: request.params.id,
            typing,
          })
          return { success: true as const, data: { id, readAt: readAt.toISOString() } }
        },
      }),

      endpoint({
        method: 'DELETE',
        path: '/messages/:id',
        operationId: 'messages.cancel',
        scope: 'send',
        schema: {
          tags: ['Messages'],
          summary: 'Cancel a message',
          description: 'While it is scheduled or queued.',
          params: idParams,
          response: { 200: canceledAnswer, ...refusals(400, 404, 409) },
        },
        handler: async (request) => {
          const { id } = await cancelMessage(ctx, callerOf(request).account.id, request.params.id)
          ctx.log.debug({ requestId: request.id, messageId: id }, 'a message was canceled')
          return { success: true as const, data: { id, status: 'canceled' as const } }
        },
      }),
    ],
  }
}
