import type { Context } from '../../../context.ts'
import type { Surface } from '../../http/surface.ts'
import { docsRedirects } from './docs.ts'
import { installSessionsV1, sendRefusal } from './install.ts'
import { keyEndpoints } from './keys/endpoints.ts'
import { messageEndpoints } from './messages/endpoints.ts'
import { surfaceName, tag } from './names.ts'
import { sessionEndpoints } from './sessions/endpoints.ts'
import { streamSpellings } from './sessions/stream-endpoint.ts'
import { webhookEndpoints } from './webhooks/endpoints.ts'

/**
 * The API "sessions v1": sessions that are paired by a stream of QR codes, messages, keys and webhooks, under `/api/v1`.
 * Its fields are in camel case, its refusals are `{ detail }`.
 */
export function sessionsV1(ctx: Context): Surface {
  return {
    name: surfaceName,
    prefix: '/api/v1',
    tag: {
      name: tag,
      description:
        'The API of that name, for clients that were written for it: every sender of the account is a session.',
    },
    security: {
      sessionsV1Key: {
        type: 'http',
        scheme: 'bearer',
        description: 'Authorization: Bearer and your API key: sk_live_... or sk_test_...',
      },
    },
    install: (app) => installSessionsV1(app, ctx),
    refuse: sendRefusal,
    resources: [
      sessionEndpoints(ctx),
      messageEndpoints(ctx),
      keyEndpoints(ctx),
      webhookEndpoints(ctx),
      docsRedirects(),
    ],
    elsewhere: streamSpellings(ctx),
  }
}
