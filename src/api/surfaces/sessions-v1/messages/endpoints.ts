import type { Context } from '../../../../context.ts'
import { AppError } from '../../../../domain/app-error.ts'
import { isUuid } from '../../../../kit/id.ts'
import { checkedMedia } from '../../../../services/media/check.ts'
import { findMessages } from '../../../../services/messages/list.ts'
import { getMessage } from '../../../../services/messages/manage.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { endpoint, type Resource } from '../../../http/endpoint.ts'
import { idempotencyKey } from '../../../http/idempotency.ts'
import { idParams, refusals } from '../fields.ts'
import { documented } from '../names.ts'
import { findOwn } from '../sessions/own.ts'
import {
  audioBody,
  listAnswer,
  listQuery,
  mediaBody,
  messageView,
  presentMessage,
  statusesBehind,
  textBody,
} from './schema.ts'
import { sendMessage } from './send.ts'

const accepted = { 202: messageView, ...refusals(402, 404, 409, 413, 415) }
const document = { parameters: [idempotencyKey('order-1234')] }

/** The messages of an account: what it sends and what became of it. */
export function messageEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/messages',
        operationId: 'sessionsV1.sendText',
        scope: 'send',
        verifyAtWrite: true,
        document,
        schema: {
          ...documented,
          summary: 'Send a text',
          description:
            'It is stored when this answers, and goes out in the background: its id tells what became of it.',
          body: textBody,
          response: accepted,
        },
        handler: async (request, reply) => {
          const { to, message, sessionId } = request.body
          const view = await sendMessage(
            ctx,
            { request, reply },
            {
              to,
              type: 'text',
              sessionId,
              content: ({ session }) => ({ type: 'text', body: message, previewUrl: session.previewLinks }),
            },
          )
          return reply.code(202).send(view)
        },
      }),

      endpoint({
        method: 'POST',
        path: '/messages/media',
        operationId: 'sessionsV1.sendMedia',
        scope: 'send',
        verifyAtWrite: true,
        document,
        schema: {
          ...documented,
          summary: 'Send a picture or a video',
          description:
            'JPEG, PNG, WebP or GIF up to 16 MB; MP4, 3GPP, MOV or WebM up to 64 MB. By a public URL.',
          body: mediaBody,
          response: accepted,
        },
        handler: async (request, reply) => {
          const { to, mediaUrl, mediaType, caption, sessionId } = request.body
          const captioned = caption === undefined || caption === '' ? {} : { caption }
          const view = await sendMessage(
            ctx,
            { request, reply },
            {
              to,
              type: mediaType,
              sessionId,
              content: ({ session }, caller) =>
                checkedMedia(ctx, caller, {
                  session: session.id,
                  kind: mediaType,
                  url: mediaUrl,
                  ...captioned,
                }),
            },
          )
          return reply.code(202).send(view)
        },
      }),

      endpoint({
        method: 'POST',
        path: '/messages/audio',
        operationId: 'sessionsV1.sendAudio',
        scope: 'send',
        verifyAtWrite: true,
        document,
        schema: {
          ...documented,
          summary: 'Send an audio file or a voice note',
          description:
            'MP3, OGG, AAC, WAV or Opus up to 16 MB, by a public URL. With `ptt` it is a voice note.',
          body: audioBody,
          response: accepted,
        },
        handler: async (request, reply) => {
          const { to, audioUrl, ptt, sessionId } = request.body
          const view = await sendMessage(
            ctx,
            { request, reply },
            {
              to,
              type: 'audio',
              sessionId,
              content: ({ session }, caller) =>
                checkedMedia(ctx, caller, { session: session.id, kind: 'audio', url: audioUrl, voice: ptt }),
            },
          )
          return reply.code(202).send(view)
        },
      }),

      endpoint({
        method: 'GET',
        path: '/messages',
        operationId: 'sessionsV1.listMessages',
        scope: 'read',
        schema: {
          ...documented,
          summary: 'List the messages that you sent',
          description: 'The newest first. Messages that people wrote to you come by webhook.',
          querystring: listQuery,
          response: { 200: listAnswer, ...refusals(404) },
        },
        handler: async (request) => {
          const caller = callerOf(request)
          const { sessionId, session_id: snake, status, limit, offset } = request.query
          const named = sessionId ?? snake
          const found = await findMessages(ctx, caller.account.id, {
            direction: 'outbound',
            status: status === undefined ? null : statusesBehind(status),
            session: named === undefined ? null : (await findOwn(ctx, caller, named)).session.id,
            batchId: null,
            address: null,
            from: null,
            to: null,
            order: 'newest',
            limit,
            offset,
            page: 1,
            cursor: null,
          })
          return { messages: found.messages.map(presentMessage), total: found.total, limit, offset }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/messages/:id',
        operationId: 'sessionsV1.getMessage',
        scope: 'read',
        schema: {
          ...documented,
          summary: 'Read a message',
          description: 'And where it stands.',
          params: idParams,
          response: { 200: messageView, ...refusals(404) },
        },
        handler: async (request) => {
          const { id } = request.params
          if (!isUuid(id)) throw noSuchMessage()
          const { message } = await getMessage(ctx, callerOf(request).account.id, id.toLowerCase())
          if (message.direction === 'inbound') throw noSuchMessage()
          return presentMessage(message)
        },
      }),
    ],
  }
}

function noSuchMessage(): AppError {
  return new AppError('message_not_found', 'Message not found')
}
