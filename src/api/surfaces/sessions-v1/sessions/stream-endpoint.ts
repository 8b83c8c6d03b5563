import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Context } from '../../../../context.ts'
import { isUuid } from '../../../../kit/id.ts'
import { readStreamToken } from '../../../../services/links/stream-token.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { endpoint, type Resource } from '../../../http/endpoint.ts'
import { idParams, refusals } from '../fields.ts'
import { documented } from '../names.ts'
import { findAdmitted, findOwn, type OwnSession } from './own.ts'
import { exampleId } from './schema.ts'
import { streamSession } from './stream.ts'

/** The stream of a session, at a path. Without an operation id it is another spelling, which no document names. */
export function streamResource(
  ctx: Context,
  { path, operationId }: { path: string; operationId: string | null },
): Resource {
  const closing = new AbortController()
  return {
    // Streams would hold up a shutdown.
    prepare: (app) => {
      app.addHook('preClose', (done) => {
        closing.abort()
        done()
      })
    },
    endpoints: [
      endpoint({
        method: 'GET',
        path,
        operationId,
        scope: 'manage',
        takesToken: true,
        exposeHeadRoute: false,
        // Credentials are judged before anything else of a request, tokens as keys.
        preValidation: ({ params, query }, _reply, next) => {
          const token = field(query, 'token')
          if (token !== undefined) readStreamToken(ctx, textOf(token), textOf(field(params, 'id')))
          next()
        },
        schema: {
          ...documented,
          summary: 'Watch a session until it is connected',
          description:
            'Server-sent events: `qr` with `qr_data` and `qrData` (the picture of a QR code as a data URL, again with ' +
            'every new code), then `connected` or `error`, with which it ends; after 300 seconds with an `error`. ' +
            'Comments keep it open. Opening it begins the pairing of a session that is not paired. A browser’s ' +
            'EventSource sends no headers: it takes a token in the query, from POST /sessions/{id}/stream-token.',
          params: idParams,
          querystring: z.object({ token: z.string().max(1_024).optional() }),
          response: {
            200: {
              description: 'text/event-stream',
              content: {
                'text/event-stream': {
                  schema: z.string().meta({
                    examples: [
                      `: heartbeat\n\nevent: connected\ndata: {"session_id":"${exampleId}","phone_number":"+237612345678"}\n\n`,
                    ],
                  }),
                },
              },
            },
            ...refusals(404, 501),
          },
        },
        handler: async (request, reply) =>
          streamSession(ctx, await watched(ctx, request, request.query.token), {
            reply,
            closing: closing.signal,
          }),
      }),
    ],
  }
}

async function watched(
  ctx: Context,
  request: FastifyRequest<{ Params: { id: string } }>,
  token: string | undefined,
): Promise<OwnSession> {
  const { id } = request.params
  if (token === undefined) return findOwn(ctx, callerOf(request), id)
  return findAdmitted(ctx, readStreamToken(ctx, token, id), isUuid(id) ? id : '')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function field(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null
    ? Object.entries(of).find(([one]) => one === name)?.[1]
    : undefined
}

/**
 * The spellings of the stream's path to which `streamUrl` leads a client, by what its base URL ends with: nothing, and
 * the whole prefix. One that ends with `/api` comes to the path itself.
 */
export function streamSpellings(ctx: Context): { prefix: string; resources: Resource[] }[] {
  return ['/v1/sessions', '/api/v1/v1/sessions'].map((prefix) => ({
    prefix,
    resources: [streamResource(ctx, { path: '/:id/stream', operationId: null })],
  }))
}
