import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { AppError } from '../../domain/app-error.ts'
import { callbackProvider, isVerifyToken, receiveCallback } from '../../services/callbacks/receive.ts'
import { endpoint, type DocumentedByHand, type Resource } from '../http/endpoint.ts'
import { readAsBytes } from '../http/body/raw-body.ts'
import { failure } from '../native/plugins/envelope.ts'

/** Meta sends at most 3 MB. */
const bodyBytesMax = 4 * 1_048_576

const handshakeQuery = z.looseObject({
  'hub.mode': z.string().optional(),
  'hub.challenge': z.string().max(1024).optional(),
  'hub.verify_token': z.string().max(1024).optional(),
})
const sessionParams = z.object({ sessionId: z.string().max(64) })

const answers = { 400: failure, 403: failure, 404: failure, 503: failure }
const challenge = z.string().meta({ examples: ['1158201444'] })
const received = z.object({ received: z.literal(true) }).meta({ examples: [{ received: true }] })

const handshake = {
  tags: ['Callbacks'],
  security: [],
  summary: 'Meta’s subscription handshake',
  description: 'Answers the challenge when the verify token is ours.',
  querystring: handshakeQuery,
  response: {
    200: { description: 'The challenge, as it came.', content: { 'text/plain': { schema: challenge } } },
    ...answers,
  },
}
const callback = {
  tags: ['Callbacks'],
  security: [],
  summary: 'Meta’s callbacks',
  description: 'Receipts and inbound messages, signed in X-Hub-Signature-256.',
  response: { 200: received, ...answers, 413: failure },
}

/**
 * The callbacks of Meta, for the operator's app and for the apps of single sessions. The body is kept as its bytes
 * came, because the signature covers them. Source: developers.facebook.com, Graph API webhooks, getting started.
 */
export function whatsappCallbacks(ctx: Context): Resource {
  return {
    prepare: (app) => readAsBytes(app, { bodyLimit: bodyBytesMax }),
    endpoints: [
      endpoint({
        method: 'GET',
        path: '/webhooks/whatsapp',
        operationId: 'callbacks.verifyWhatsapp',
        scope: 'open',
        schema: handshake,
        handler: (request, reply) => answerHandshake(ctx, null, request.query, reply),
      }),

      endpoint({
        method: 'GET',
        path: '/webhooks/whatsapp/:sessionId',
        operationId: 'callbacks.verifyWhatsappSession',
        scope: 'open',
        schema: { ...handshake, params: sessionParams },
        handler: (request, reply) => answerHandshake(ctx, request.params.sessionId, request.query, reply),
      }),

      endpoint({
        method: 'POST',
        path: '/webhooks/whatsapp',
        operationId: 'callbacks.whatsapp',
        scope: 'open',
        document: metaCallback(),
        schema: callback,
        handler: (request) => receive(ctx, null, request),
      }),

      endpoint({
        method: 'POST',
        path: '/webhooks/whatsapp/:sessionId',
        operationId: 'callbacks.whatsappSession',
        scope: 'open',
        document: metaCallback(),
        schema: { ...callback, params: sessionParams },
        handler: (request) => receive(ctx, request.params.sessionId, request),
      }),
    ],
  }
}

async function answerHandshake(
  ctx: Context,
  sessionId: string | null,
  query: z.infer<typeof handshakeQuery>,
  reply: FastifyReply,
): Promise<string> {
  const token = query['hub.verify_token'] ?? ''
  const provider = callbackProvider(ctx, 'whatsapp')
  const ours = query['hub.mode'] === 'subscribe' && (await isVerifyToken(ctx, { sessionId, provider, token }))
  if (!ours) throw new AppError('forbidden', 'The verify token is not the one of this installation.')
  void reply.type('text/plain').serializer(String)
  return query['hub.challenge'] ?? ''
}

async function receive(
  ctx: Context,
  sessionId: string | null,
  request: Pick<FastifyRequest, 'body' | 'headers'>,
): Promise<{ received: true }> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const provider = callbackProvider(ctx, 'whatsapp')
  await receiveCallback(ctx, { provider, sessionId, body, headers: request.headers })
  return { received: true }
}

/** The parts of the document that no schema gives: the header and the body. */
function metaCallback(): DocumentedByHand {
  const status = {
    id: 'wamid.HBgLMTQxNTU1NTI2NzEVAgARGBI',
    status: 'delivered',
    timestamp: '1750030073',
    recipient_id: '14155552671',
    biz_opaque_callback_data: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59',
  }
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: '15550783881', phone_number_id: '106540352242922' },
    statuses: [status],
  }
  const entry = { id: '102290129340398', changes: [{ field: 'messages', value }] }
  return {
    parameters: [
      {
        name: 'X-Hub-Signature-256',
        in: 'header',
        required: true,
        description: '`sha256=` and the HMAC-SHA256 of the raw body with the secret of the Meta app, in hex.',
        schema: { type: 'string' },
        example: `sha256=${'0a'.repeat(32)}`,
      },
    ],
    requestBody: {
      required: true,
      description: 'As Meta sends it, read as bytes: the signature covers them.',
      content: {
        'application/json': {
          schema: { type: 'object' },
          example: { object: 'whatsapp_business_account', entry: [entry] },
        },
      },
    },
  }
}
