import { endpoint, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import { subscriberOf } from '../../../../kit/net/cidr.ts'
import { describeAccount, registerAccount } from '../../../../services/accounts/register.ts'
import { rotateApiKey } from '../../../../services/accounts/api-keys.ts'
import {
  removeCloudCredentials,
  saveCloudCredentials,
  verifyCloudCredentials,
} from '../../../../services/sessions/cloud-default.ts'
import { countRegistration } from '../../../../services/accounts/rate-limits.ts'
import { removeWebhook, setWebhook } from '../../../../services/webhooks/default-endpoint.ts'
import { showNewStanding } from '../../../http/rate-limit.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { callbackUrlOf } from '../../../http/base-url.ts'
import { refusals } from '../../plugins/envelope.ts'
import { verifiedAnswer } from '../../plugins/meta-credentials.ts'
import { presentMe } from './present.ts'
import {
  credentialsAnswer,
  credentialsBody,
  meAnswer,
  noCredentialsAnswer,
  noWebhookAnswer,
  registerAnswer,
  registerBody,
  registerHeaders,
  rotateAnswer,
  webhookAnswer,
  webhookBody,
} from './schema.ts'

const tags = ['Account']

export function authEndpoints(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/auth/register',
        operationId: 'auth.register',
        scope: 'open',
        schema: {
          tags,
          security: [],
          summary: 'Create an account',
          description: 'Gives you an API key, once.',
          headers: registerHeaders,
          body: registerBody,
          response: { 201: registerAnswer, ...refusals(400, 413, 415, 429) },
        },
        onRequest: (request) => countRegistration(ctx, subscriberOf(request.ip)),
        handler: async (request, reply) => {
          const token = request.headers['x-registration-token'] ?? null
          const { account, secret } = await registerAccount(ctx, request.body, token)
          showNewStanding(ctx, account.plan, reply)
          return reply.code(201).send({
            success: true,
            data: { apiKey: secret, plan: account.plan, accountId: account.id },
          })
        },
      }),

      endpoint({
        method: 'GET',
        path: '/auth/me',
        operationId: 'auth.me',
        scope: 'read',
        schema: {
          tags,
          summary: 'Read your account',
          description: 'Your plan, how many messages you sent, and what is connected. Never the key.',
          response: { 200: meAnswer, ...refusals() },
        },
        handler: async (request) => presentMe(await describeAccount(ctx, callerOf(request).account)),
      }),

      endpoint({
        method: 'PUT',
        path: '/auth/me/webhook',
        operationId: 'auth.setWebhook',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Set your webhook URL',
          description:
            'Every change of a message’s status is posted there, signed per Standard Webhooks with the secret in ' +
            'this answer. Setting it again gives a new secret.',
          body: webhookBody,
          response: { 200: webhookAnswer, ...refusals(400, 413, 415) },
        },
        handler: async (request) => {
          const accountId = callerOf(request).account.id
          const { url, secret } = await setWebhook(ctx, { accountId, url: request.body.url })
          return { success: true as const, data: { webhookUrl: url, secret } }
        },
      }),

      endpoint({
        method: 'DELETE',
        path: '/auth/me/webhook',
        operationId: 'auth.removeWebhook',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Remove your webhook URL',
          description: 'What was still on its way to it is canceled.',
          response: { 200: noWebhookAnswer, ...refusals(404) },
        },
        handler: async (request) => {
          await removeWebhook(ctx, callerOf(request).account.id)
          return { success: true as const, data: { webhookUrl: null } }
        },
      }),

      endpoint({
        method: 'PUT',
        path: '/auth/me/credentials',
        operationId: 'auth.setCredentials',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Connect your Meta credentials',
          description:
            'Your messages go out from your number. The token is encrypted and never shown again. The shorthand ' +
            'for the session named "default"; for several numbers, see POST /sessions.',
          body: credentialsBody,
          response: { 200: credentialsAnswer, ...refusals(400, 409, 413, 415) },
        },
        handler: async (request) => {
          const { body } = request
          const session = await saveCloudCredentials(ctx, callerOf(request).account, {
            accessToken: body.whatsappAccessToken,
            phoneNumberId: body.whatsappPhoneNumberId,
            businessAccountId: body.whatsappBusinessAccountId,
            appSecret: body.whatsappAppSecret,
            verifyToken: body.whatsappVerifyToken,
          })
          return {
            success: true as const,
            data: {
              byocConfigured: true as const,
              sessionId: session.id,
              callbackUrl: callbackUrlOf(ctx, request, session.id),
            },
          }
        },
      }),

      endpoint({
        method: 'DELETE',
        path: '/auth/me/credentials',
        operationId: 'auth.removeCredentials',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Remove your Meta credentials',
          description: 'Messages that still wait to be sent through them fail.',
          response: { 200: noCredentialsAnswer, ...refusals(404) },
        },
        handler: async (request) => {
          await removeCloudCredentials(ctx, callerOf(request).account.id)
          return { success: true as const, data: { byocConfigured: false as const } }
        },
      }),

      endpoint({
        method: 'POST',
        path: '/auth/me/credentials/verify',
        operationId: 'auth.verifyCredentials',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Verify your Meta credentials',
          description: 'Asks Meta. Also lets a sender go again that was stopped because Meta refused it.',
          response: { 200: verifiedAnswer, ...refusals(409, 422) },
        },
        handler: async (request) => {
          const facts = await verifyCloudCredentials(ctx, callerOf(request).account.id)
          return { success: true as const, data: { verified: true as const, ...facts } }
        },
      }),

      endpoint({
        method: 'POST',
        path: '/auth/me/rotate-key',
        operationId: 'auth.rotateKey',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Rotate your API key',
          description: 'Gives a new key in the place of the one you call with, which is refused at once.',
          response: { 200: rotateAnswer, ...refusals() },
        },
        handler: async (request) => {
          const { secret } = await rotateApiKey(ctx, callerOf(request))
          return { success: true as const, data: { apiKey: secret } }
        },
      }),
    ],
  }
}
