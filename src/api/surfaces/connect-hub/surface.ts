import type { FastifyInstance } from 'fastify'
import type { Context } from '../../../context.ts'
import { AppError } from '../../../domain/app-error.ts'
import { admitRequest, callerOf, shownIn } from '../../http/authenticate.ts'
import type { Surface } from '../../http/surface.ts'
import { connectHubEndpoints } from './endpoints.ts'
import { accountScheme, keyScheme, tag } from './schema.ts'
import { refuse } from './words.ts'

/** The WhatsApp API of Betatel's Connect Hub: sends texts with codes, and shows what became of them. */
export function connectHubSurface(ctx: Context): Surface {
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
      app.addHook('onRequest', async (request, reply) => {
        if (request.is404) return
        const secret = shownIn(request, 'x-api-key')
        const accountId = shownIn(request, 'x-account-id') || shownIn(request, 'x-user-id')
        if (secret === '' || accountId === '') throw unauthorized('Send both x-api-key and x-account-id.')
        await admitRequest(ctx, { request, reply, secret })
        if (callerOf(request).account.id !== accountId.toLowerCase())
          throw unauthorized('The key in x-api-key does not belong to the account in x-account-id.')
      })
    },
    refuse,
    resources: [connectHubEndpoints(ctx)],
  }
}

function unauthorized(message: string): AppError {
  return new AppError('invalid_api_key', message)
}
