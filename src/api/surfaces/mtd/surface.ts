import type { FastifyInstance } from 'fastify'
import type { Context } from '../../../context.ts'
import { admitRequest, shownIn } from '../../http/authenticate.ts'
import type { Surface } from '../../http/surface.ts'
import { mtdEndpoints, tag } from './endpoints.ts'
import { surfaceName } from './sessions.ts'
import { refuse } from './words.ts'

/** The WhatsApp API of MTD: a number is linked by a code, and texts go out by one call that waits for WhatsApp. */
export function mtdSurface(ctx: Context): Surface {
  return {
    name: surfaceName,
    prefix: '/api/whatsapp',
    tag: {
      name: tag,
      description: 'For clients of MTD’s WhatsApp API. Every answer has `success` and `message`.',
    },
    security: {
      mtdKey: {
        type: 'apiKey',
        in: 'header',
        name: 'X-API-KEY',
        description: 'Your API key of this installation.',
      },
    },
    install(app: FastifyInstance) {
      app.addHook('onRequest', async (request, reply) => {
        if (request.routeOptions.config.scope === 'open' || request.is404) return
        await admitRequest(ctx, {
          request,
          reply,
          secret: shownIn(request, 'x-api-key'),
          countsRequests: false,
        })
      })
    },
    refuse: refuse(ctx),
    resources: [mtdEndpoints(ctx)],
  }
}
