import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Context } from '../../../context.ts'
import { AppError } from '../../../domain/app-error.ts'
import { admitRequest, callerOf, shownIn } from '../../http/authenticate.ts'
import type { Surface } from '../../http/surface.ts'
import { otpEndpoints, tag } from './endpoints.ts'
import { wordRefusal } from './words.ts'

/**
 * The OTP API whose clients send an `msisdn`: a code is sent and checked by two calls, in two versions that are alike, and
 * callbacks are GETs with a number for each step.
 */
export function msisdnOtpSurface(ctx: Context): Surface {
  return {
    name: 'msisdn-otp',
    prefix: '/v1/whatsapp/otp',
    tag: {
      name: tag,
      description:
        'One-time passwords for clients of the API whose fields are msisdn, content, otp and challenge. Every answer has ' +
        '`message`, `code` and `status`.',
    },
    security: {
      msisdnOtpKey: {
        type: 'apiKey',
        in: 'header',
        name: 'API-Key',
        description: 'An API key of your account.',
      },
      msisdnOtpApp: {
        type: 'apiKey',
        in: 'header',
        name: 'App-ID',
        description: 'The id of your account, as GET /auth/me tells it.',
      },
    },
    install: (app) => install(app, ctx),
    refuse,
    resources: [otpEndpoints(ctx, 'v1')],
    elsewhere: [{ prefix: '/v2/whatsapp/otp', resources: [otpEndpoints(ctx, 'v2')] }],
  }
}

function install(app: FastifyInstance, ctx: Context): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) return
    await admitRequest(ctx, { request, reply, secret: shownIn(request, 'api-key') })
    const appId = shownIn(request, 'app-id').toLowerCase()
    if (appId !== callerOf(request).account.id) {
      throw new AppError('invalid_api_key', 'The App-ID is not the account of the API-Key.')
    }
  })
}

function refuse(_request: FastifyRequest, reply: FastifyReply, refusal: AppError): void {
  const { status, message } = wordRefusal(refusal)
  if (refusal.retryAfterSeconds !== undefined) void reply.header('retry-after', refusal.retryAfterSeconds)
  void reply.code(status).send({ message, code: status, status })
}
