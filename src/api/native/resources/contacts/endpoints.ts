import { endpoint, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import { readWindow } from '../../../../services/contacts/window.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { refusals } from '../../plugins/envelope.ts'
import { findContacts } from '../../../../services/contacts/list.ts'
import { presentContacts, presentWindow } from './present.ts'
import { contactListAnswer, contactListQuery, windowAnswer, windowParams, windowQuery } from './schema.ts'

export function contactEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'GET',
        path: '/contacts',
        operationId: 'contacts.list',
        scope: 'read',
        schema: {
          tags: ['Contacts'],
          summary: 'List conversations',
          description:
            'Everybody you exchanged messages with, once each, with the last message of either direction; the newest ' +
            'first. A page looks through a bounded number of messages, so it may hold fewer than `limit`: go on as ' +
            'long as there is a `nextCursor`. GET /messages with `with` reads one of them whole.',
          querystring: contactListQuery,
          response: { 200: contactListAnswer, ...refusals(400) },
        },
        handler: async (request) => {
          const { limit, cursor = null } = request.query
          const page = await findContacts(ctx, callerOf(request).account.id, { limit, cursor })
          return presentContacts(page, { limit, now: ctx.clock.now() })
        },
      }),

      endpoint({
        method: 'GET',
        path: '/contacts/:address/window',
        operationId: 'contacts.getWindow',
        scope: 'read',
        schema: {
          tags: ['Contacts'],
          summary: 'Read a customer’s 24-hour window',
          description:
            'WhatsApp takes free-form messages only within 24 hours of the customer’s last message to you; ' +
            'templates go out at any time.',
          params: windowParams,
          querystring: windowQuery,
          response: { 200: windowAnswer, ...refusals(400, 404) },
        },
        handler: async (request) => {
          const asked = { address: request.params.address, session: request.query.session ?? null }
          return presentWindow(await readWindow(ctx, callerOf(request).account.id, asked))
        },
      }),
    ],
  }
}
