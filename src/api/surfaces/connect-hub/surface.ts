import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import { AppError } from '../../../domain/app-error.ts'
import { admitRequest, callerOf } from '../../http/authenticate.ts'
import { errorLog, toAppError } from '../../http/errors.ts'
import { installJsonBody } from '../../http/json-body.ts'
import type { Surface } from '../../http/surface.ts'
import { connectHubEndpoints } from './endpoints.ts'
import { accountScheme, keyScheme, tag } from './schema.ts'
import { refuse } from './words.ts'

/** The WhatsApp API of Betatel's Connect Hub: sends texts with codes, and shows what became of them. */
export function connectHubSurface(ctx: Context): Surface {
  const log = errorLog(ctx)
  return {
    name: 'connect-hub',
    prefix: '/api/v1/connect-hub/whatsapp',
    tag: {
      name: tag,
      description: 'For clients of Betatel’s Connect Hub. Refusals are `{ error, message }`.',
    },
    security: {
      [keyScheme]: {
        type: 'apiKey',
        in: 'header',
        name: 'x-api-key',
        description: 'An API key of your account.',
      },
      [accountScheme]: {
        type: 'apiKey',
        in: 'header',
        name: 'x-account-id',
        description: 'The id of your account, as GET /auth/me tells it. `x-user-id` means the same.',
      },
    },
    install(app: FastifyInstance) {
      installJsonBody(app)
      app.addHook('onRequest', async (request, reply) => {
        if (request.is404) return
        const secret = headerOf(request, 'x-api-key')
        const accountId = headerOf(request, 'x-account-id') ?? headerOf(request, 'x-user-id')
        if (secret === null || accountId === null) throw unauthorized('Send both x-api-key and x-account-id.')
        await admitRequest(ctx, { request, reply, secret })
        if (callerOf(request).account.id !== accountId.toLowerCase())
          throw unauthorized('The key in x-api-key does not belong to the account in x-account-id.')
      })
      app.setErrorHandler((error: FastifyError, request, reply) => {
        const refusal = toAppError(error)
        log(refusal, error, request.id)
        refuse(request, reply, refusal)
      })
      app.setNotFoundHandler((request, reply) => {
        const path = request.url.split('?')[0] ?? ''
        refuse(request, reply, new AppError('not_found', `There is no ${request.method} ${path}.`))
      })
    },
    refuse,
    resources: [connectHubEndpoints(ctx)],
  }
}

function headerOf(request: FastifyRequest, name: string): string | null {
  const value = request.headers[name]
  const text = typeof value === 'string' ? value.trim() : ''
  return text === '' ? null : text
}

function unauthorized(message: string): AppError {
  return new AppError('invalid_api_key', message)
}
