import type { FastifyReply, FastifyRequest } from 'fastify'
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { Context } from '../../context.ts'
import { AppError } from '../../domain/app-error.ts'
import { callbackProvider, isVerifyToken, receiveCallback } from '../../services/callbacks/receive.ts'
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

/**
 * Where Meta calls. The body is kept as its bytes came, because the signature covers them.
 * Source: developers.facebook.com, Graph API webhooks, getting started.
 */
export function whatsappCallbacks(ctx: Context): FastifyPluginCallbackZod {
  return (app, _options, done) => {
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytesMax }, (_request, body, parsed) =>
      parsed(null, body),
    )

    const docs = { tags: ['Callbacks'], security: [] }
    const handshakeDocs = {
      ...docs,
      summary: 'Meta’s subscription handshake',
      description: 'Answers the challenge when the verify token is ours.',
      querystring: handshakeQuery,
      response: {
        200: { description: 'The challenge, as it came.', content: { 'text/plain': { schema: challenge } } },
        ...answers,
      },
    }
    const callbackDocs = {
      ...docs,
      summary: 'Meta’s callbacks',
      description: 'Receipts and inbound messages, signed in X-Hub-Signature-256.',
      response: { 200: received, ...answers, 413: failure },
    }

    app.get('/webhooks/whatsapp', { config: { open: true }, schema: handshakeDocs }, (request, reply) =>
      answerHandshake(ctx, null, request.query, reply),
    )
    app.get(
      '/webhooks/whatsapp/:sessionId',
      { config: { open: true }, schema: { ...handshakeDocs, params: sessionParams } },
      (request, reply) => answerHandshake(ctx, request.params.sessionId, request.query, reply),
    )
    app.post('/webhooks/whatsapp', { config: { open: true }, schema: callbackDocs }, (request) =>
      receive(ctx, null, request),
    )
    app.post(
      '/webhooks/whatsapp/:sessionId',
      { config: { open: true }, schema: { ...callbackDocs, params: sessionParams } },
      (request) => receive(ctx, request.params.sessionId, request),
    )
    done()
  }
}

async function answerHandshake(
  ctx: Context,
  sessionId: string | null,
  query: z.infer<typeof handshakeQuery>,
  reply: FastifyReply,
): Promise<string> {
  const token = query['hub.verify_token'] ?? ''
  const ours =
    query['hub.mode'] === 'subscribe' &&
    (await isVerifyToken(ctx, { sessionId, provider: callbackProvider(ctx, 'whatsapp'), token }))
  if (!ours) throw new AppError('forbidden', 'The verify token is not the one of this installation.')
  void reply.type('text/plain').serializer(String)
  return query['hub.challenge'] ?? ''
}

async function receive(
  ctx: Context,
  sessionId: string | null,
  request: FastifyRequest,
): Promise<{ received: true }> {
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  const provider = callbackProvider(ctx, 'whatsapp')
  await receiveCallback(ctx, { provider, sessionId, body, headers: request.headers })
  return { received: true }
}
