import type { Context } from '../../../context.ts'
import { AppError } from '../../../domain/app-error.ts'
import { readCodeText } from '../../../domain/otp/text.ts'
import { metadataOf } from '../../../domain/webhooks/formats/connect-hub-record.ts'
import { ulidOf, uuidOfUlid } from '../../../kit/id.ts'
import { findMessages } from '../../../services/messages/list.ts'
import { getMessage } from '../../../services/messages/manage.ts'
import { readTextStanding, sendText } from '../../../services/otp/send-text.ts'
import { callerOf } from '../../http/authenticate.ts'
import { endpoint, type Resource } from '../../http/endpoint.ts'
import { filterFor, presentRecord } from './records.ts'
import {
  accountScheme,
  keyScheme,
  listAnswer,
  listBody,
  readListBody,
  recordAnswer,
  recordParams,
  refusalsOf,
  sendAnswer,
  sendBody,
  tag,
} from './schema.ts'

const documented = { tags: [tag], security: [{ [keyScheme]: [], [accountScheme]: [] }] }

export function connectHubEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/otp',
        operationId: 'connectHub.send',
        scope: 'otp',
        verifyAtWrite: true,
        schema: {
          ...documented,
          summary: 'Send a code or a text',
          description:
            'Each request is a message of its own. The limits by number, prefix and client address of the service ' +
            '`default` count.',
          body: sendBody,
          response: { 200: sendAnswer, ...refusalsOf(400, 401, 402, 429, 503) },
        },
        handler: async (request) => {
          const { to: typed, text, client_ip: clientIp = null } = request.body
          const to = String(typed)
          const given = readCodeText(String(text))
          const metadata = metadataOf({ to, text: given.masked })
          const id = await sendText(ctx, callerOf(request), { to, given, clientIp, metadata })
          return { uuid: ulidOf(id), to }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/:uuid/wdr',
        operationId: 'connectHub.getRecord',
        scope: 'read',
        schema: {
          ...documented,
          summary: 'Read the record of a message',
          description: 'And where it stands.',
          params: recordParams,
          response: { 200: recordAnswer, ...refusalsOf(401, 404, 429, 503) },
        },
        handler: async (request) => {
          const id = uuidOfUlid(request.params.uuid)
          if (id === null) throw noSuchMessage()
          const accountId = callerOf(request).account.id
          const { message } = await getMessage(ctx, accountId, id)
          if (message.direction === 'inbound') throw noSuchMessage()
          return presentRecord(message, await readTextStanding(ctx, accountId, [id]))
        },
      }),

      endpoint({
        method: 'POST',
        path: '/wdr',
        operationId: 'connectHub.listRecords',
        scope: 'read',
        // Everything in it has a default.
        preValidation: (request, _reply, next) => {
          request.body ??= {}
          next()
        },
        schema: {
          ...documented,
          summary: 'List the records of your messages',
          description: 'The newest first, unless it says otherwise.',
          body: listBody,
          response: { 200: listAnswer, ...refusalsOf(400, 401, 429, 503) },
        },
        handler: async (request) => {
          const { page, rows_per_page, sort_by, sort_direction, status, to } = readListBody(request.body)
          const accountId = callerOf(request).account.id
          const { messages, total } = await findMessages(ctx, accountId, {
            ...filterFor(status),
            direction: 'outbound',
            batchId: null,
            session: null,
            address: to === null ? null : { written: to, field: 'to' },
            from: null,
            to: null,
            order: sort_direction === 'ASC' ? 'oldest' : 'newest',
            limit: rows_per_page,
            page,
            cursor: null,
          })
          const standing = await readTextStanding(
            ctx,
            accountId,
            messages.map(({ id }) => id),
          )
          const pages = Math.ceil(total / rows_per_page)
          return {
            page,
            rows_per_page,
            sort_by,
            sort_direction,
            total,
            total_pages: pages,
            has_next_page: page < pages,
            has_previous_page: page > 1,
            list: messages.map((message) => presentRecord(message, standing)),
          }
        },
      }),
    ],
  }
}

function noSuchMessage(): AppError {
  return new AppError('message_not_found', 'There is no such message in your account.')
}
