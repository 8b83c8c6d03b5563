import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Context } from '../../../../context.ts'
import type { LiveSession } from '../../../../domain/sessions/session.ts'
import {
  connectDevice,
  disconnectDevice,
  findDeviceSession,
  logOutDevice,
  pairDevice,
  readCode,
  type ShownCode,
} from '../../../../services/links/commands.ts'
import { makeStreamToken, readStreamToken } from '../../../../services/links/stream-token.ts'
import { detailOf, type SessionDetail } from '../../../../services/sessions/read.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { endpoint, type Endpoint } from '../../../http/endpoint.ts'
import { instant, refusals, success } from '../../plugins/envelope.ts'
import { codeView, pairBody, presentCode } from './link-view.ts'
import { formatOf, pictureOf, qrFormats, type QrFormat } from '../../../../kit/qr/picture.ts'
import { sessionParams, type SessionView } from './schema.ts'
import { streamDevice } from './stream.ts'

const tags = ['Sessions']
const token = z.string().max(1024)
const picture = z.string().meta({ format: 'binary', examples: ['(the bytes of the picture)'] })
const events = z.string().meta({
  examples: ['id: 7\nevent: connected\ndata: {"phone":"27821234567","pushName":"Thandi’s Shop"}\n\n'],
})

/** The endpoints of senders that are linked to a phone. `present` shows a session as all endpoints do. */
export function linkEndpoints(
  ctx: Context,
  {
    answer,
    present,
    closing,
  }: {
    answer: z.ZodType
    present(request: FastifyRequest, detail: SessionDetail): SessionView
    /** Fires when the server begins to close. */
    closing: AbortSignal
  },
): Endpoint[] {
  const placeOf = (request: FastifyRequest<{ Params: { id: string } }>) => ({
    accountId: callerOf(request).account.id,
    id: request.params.id,
  })
  const viewOf = async (request: FastifyRequest, session: LiveSession) => ({
    success: true as const,
    data: present(request, await detailOf(ctx, session)),
  })
  const acts = [
    {
      name: 'connect',
      act: connectDevice,
      summary: 'Connect a linked device',
      description: 'One that you disconnected, or that another program replaced. Twice is the same as once.',
    },
    {
      name: 'disconnect',
      act: disconnectDevice,
      summary: 'Disconnect a linked device',
      description:
        'It stays linked, and messages wait until you connect it. A pairing under way is given up.',
    },
    {
      name: 'logout',
      act: logOutDevice,
      summary: 'Unlink a device',
      description: 'At WhatsApp, and here: its keys are deleted. Pair it again to use it.',
    },
  ] as const

  return [
    endpoint({
      method: 'POST',
      path: '/sessions/:id/pair',
      operationId: 'sessions.pair',
      scope: 'manage',
      schema: {
        tags,
        summary: 'Link a device to a phone',
        description:
          'Answers with the first QR code, to be scanned in WhatsApp under Linked devices, or with a code to be typed ' +
          'there. GET /sessions/{id}/stream tells how it goes on. A pairing under way is begun anew.',
        params: sessionParams,
        body: pairBody,
        response: {
          200: success(codeView).meta({
            examples: [
              {
                success: true,
                data: { method: 'code', code: 'ABCD-1234', expiresAt: '2026-03-28T10:02:40.000Z' },
              },
            ],
          }),
          ...refusals(400, 404, 409, 413, 415, 501),
        },
      },
      handler: async (request) => {
        const shown = await pairDevice(ctx, placeOf(request), request.body)
        return { success: true as const, data: presentCode(shown) }
      },
    }),

    endpoint({
      method: 'GET',
      path: '/sessions/:id/qr',
      operationId: 'sessions.qr',
      scope: 'manage',
      exposeHeadRoute: false,
      schema: {
        tags,
        summary: 'Read the code that a device shows',
        description: 'As a picture (PNG, or SVG), or as text: by `format`, else by the Accept header.',
        params: sessionParams,
        querystring: z.strictObject({ format: z.enum(qrFormats).optional() }),
        response: {
          200: {
            description: 'image/png, image/svg+xml or text/plain.',
            content: { '*/*': { schema: picture } },
          },
          ...refusals(400, 404, 409, 501),
        },
      },
      handler: async (request, reply) => {
        const shown = await readCode(ctx, placeOf(request))
        return sendPicture(reply, shown, request.query.format ?? formatOf(request.headers.accept))
      },
    }),

    endpoint({
      method: 'POST',
      path: '/sessions/:id/stream-token',
      operationId: 'sessions.streamToken',
      scope: 'manage',
      schema: {
        tags,
        summary: 'Make a token for a stream',
        description:
          'For browsers, whose EventSource sends no headers: `GET /sessions/{id}/stream?token=...`. It lives for ten ' +
          'minutes and opens this stream alone.',
        params: sessionParams,
        response: {
          200: success(z.object({ token: z.string(), expiresAt: instant })).meta({
            examples: [
              {
                success: true,
                data: { token: 'v1.Zm9vYmFyMQ.c2FsdA.dG9rZW4', expiresAt: '2026-03-28T10:10:00.000Z' },
              },
            ],
          }),
          ...refusals(400, 404, 501),
        },
      },
      handler: async (request) => {
        const place = placeOf(request)
        await findDeviceSession(ctx, place)
        const made = makeStreamToken(ctx, place)
        return {
          success: true as const,
          data: { token: made.token, expiresAt: made.expiresAt.toISOString() },
        }
      },
    }),

    endpoint({
      method: 'GET',
      path: '/sessions/:id/stream',
      operationId: 'sessions.stream',
      scope: 'manage',
      takesToken: true,
      exposeHeadRoute: false,
      // Credentials are judged before anything else of a request, tokens as keys.
      preValidation: ({ params, query }, _reply, next) => {
        if (isTokenGiven(query)) readStreamToken(ctx, String(query.token), idIn(params))
        next()
      },
      schema: {
        tags,
        summary: 'Watch a linked device',
        description:
          'Server-sent events: `state` at once and with every change, then `qr`, `code`, `connected` and `error` as ' +
          'they happen, and `end` when the session is gone. Comments keep the connection open. Any API process ' +
          'answers, wherever the device is connected.',
        params: sessionParams,
        querystring: z.strictObject({ token: token.optional() }),
        response: {
          200: { description: 'text/event-stream', content: { '*/*': { schema: events } } },
          ...refusals(400, 404, 501),
        },
      },
      handler: async (request, reply) => {
        const { id } = request.params
        const given = request.query.token
        const accountId = given === undefined ? callerOf(request).account.id : readStreamToken(ctx, given, id)
        await findDeviceSession(ctx, { accountId, id })
        return streamDevice(ctx, { accountId, id }, { reply, closing })
      },
    }),

    ...acts.map(({ name, act, summary, description }) =>
      endpoint({
        method: 'POST',
        path: `/sessions/:id/${name}`,
        operationId: `sessions.${name}`,
        scope: 'manage',
        schema: {
          tags,
          summary,
          description,
          params: sessionParams,
          response: { 200: answer, ...refusals(400, 404, 409, 501) },
        },
        handler: async (request) => viewOf(request, await act(ctx, placeOf(request))),
      }),
    ),
  ]
}

function isTokenGiven(query: unknown): query is { token: unknown } {
  return typeof query === 'object' && query !== null && 'token' in query
}

/** The id in the path, before it is known to be one. */
function idIn(params: unknown): string {
  return typeof params === 'object' && params !== null && 'id' in params ? String(params.id) : ''
}

function sendPicture(reply: FastifyReply, shown: ShownCode, format: QrFormat): FastifyReply {
  const { type, body } = pictureOf(shown, format)
  const headers = {
    'content-type': type,
    'cache-control': 'no-store',
    expires: shown.expiresAt.toUTCString(),
  }
  // Bytes are sent as they are.
  return reply.headers(headers).send(Buffer.from(body))
}
