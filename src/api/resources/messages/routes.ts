import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod'
import type { Context } from '../../../context.ts'
import { acceptMessage } from '../../../services/accept-message.ts'
import { findMessages, getMessage } from '../../../services/messages.ts'
import { callerOf } from '../../plugins/auth.ts'
import { refusals } from '../../plugins/envelope.ts'
import { idempotencyOf, markReplayed } from '../../plugins/idempotency.ts'
import { presentDetail, presentPage } from './present.ts'
import {
  idParams,
  listAnswer,
  listQuery,
  messageAnswer,
  sendAnswer,
  sendBody,
  toSendRequest,
} from './schema.ts'

export function messageRoutes(ctx: Context): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.post(
      '/send-message',
      {
        schema: {
          tags: ['Messages'],
          summary: 'Send a message',
          description:
            'Answers 202 once the message is stored; delivery goes on in the background. With an Idempotency-Key ' +
            'header the same request can be repeated for 24 hours without sending twice.',
          body: sendBody,
          response: { 202: sendAnswer, ...refusals(400, 409, 413, 415) },
        },
      },
      async (request, reply) => {
        const send = toSendRequest(request.body)
        const { accepted, replayed } = await acceptMessage(
          ctx,
          callerOf(request),
          send,
          idempotencyOf(request),
        )
        markReplayed(reply, replayed)
        return reply.code(202).send({ success: true, data: accepted })
      },
    )

    app.get(
      '/messages/:id',
      {
        schema: {
          tags: ['Messages'],
          summary: 'Read a message',
          description: 'Its status, its timeline, and every attempt to hand it over.',
          params: idParams,
          response: { 200: messageAnswer, ...refusals(400, 404) },
        },
      },
      async (request) =>
        presentDetail(await getMessage(ctx, callerOf(request).account.id, request.params.id)),
    )

    app.get(
      '/messages',
      {
        schema: {
          tags: ['Messages'],
          summary: 'List messages',
          description: 'The newest first, a page at a time.',
          querystring: listQuery,
          response: { 200: listAnswer, ...refusals(400) },
        },
      },
      async (request) => {
        const { status = null, batchId = null, cursor = null, ...rest } = request.query
        const list = { status, batchId, cursor, ...rest }
        return presentPage(await findMessages(ctx, callerOf(request).account.id, list))
      },
    )
    done()
  }
}
