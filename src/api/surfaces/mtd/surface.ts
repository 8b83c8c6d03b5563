import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import { AppError } from '../../../domain/app-error.ts'
import { admitRequest } from '../../http/authenticate.ts'
import { errorLog, toAppError } from '../../http/errors.ts'
import { installJsonBody } from '../../http/json-body.ts'
import type { Surface } from '../../http/surface.ts'
import { mtdEndpoints, tag } from './endpoints.ts'
import { surfaceName } from './sessions.ts'
import { refuse } from './words.ts'

/** The WhatsApp API of MTD: a number is linked by a code, and texts go out by one call that waits for WhatsApp. */
export function mtdSurface(ctx: Context): Surface {
  const answer = refuse(ctx)
  const log = errorLog(ctx)
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
      installJsonBody(app)
      app.addHook('onRequest', async (request, reply) => {
        if (request.routeOptions.config.scope === 'open' || request.is404) return
        await admitRequest(ctx, { request, reply, secret: keyOf(request), countsRequests: false })
      })
      app.setErrorHandler((error: FastifyError, request, reply) => {
        const refusal = toAppError(error)
        log(refusal, error, request.id)
        answer(request, reply, refusal)
      })
      app.setNotFoundHandler((request, reply) => {
        const path = request.url.split('?')[0] ?? ''
        answer(request, reply, new AppError('not_found', `There is no ${request.method} ${path}.`))
      })
    },
    refuse: answer,
    resources: [mtdEndpoints(ctx)],
  }
}

function keyOf(request: FastifyRequest): string {
  const key = request.headers['x-api-key']
  return typeof key === 'string' ? key.trim() : ''
}
