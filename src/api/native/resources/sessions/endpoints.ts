import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { endpoint, type Resource } from '../../../http/endpoint.ts'
import type { Context } from '../../../../context.ts'
import { findSessionPage, getSession, type SessionDetail } from '../../../../services/sessions/read.ts'
import {
  createSession,
  deleteSession,
  patchSession,
  type SessionPatch,
} from '../../../../services/sessions/manage.ts'
import { providerOf } from '../../../../services/senders/providers.ts'
import type { NewSession } from '../../../../services/sessions/row.ts'
import { recordOf, settingsField } from '../../../../services/sessions/settings.ts'
import { verifySession } from '../../../../services/sessions/verify.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { callbackUrlOf } from '../../../http/base-url.ts'
import { refusals } from '../../plugins/envelope.ts'
import { verifiedAnswer } from '../../plugins/meta-credentials.ts'
import { playInbound } from '../../../../services/callbacks/play-inbound.ts'
import { playBody, playedAnswer, playParams, presentPlayed, toPlayRequest } from './play.ts'
import { linkEndpoints } from './link-endpoints.ts'
import { presentSession } from './present.ts'
import {
  removedSessionAnswer,
  sessionListQuery,
  sessionParams,
  sessionSchemas,
  type SessionView,
} from './schema.ts'

const tags = ['Sessions']

export function sessionEndpoints(ctx: Context): Resource {
  const schemas = sessionSchemas([...ctx.providers.values()])
  const present = (request: FastifyRequest, detail: SessionDetail): SessionView =>
    presentSession(detail, providerOf(ctx, detail.session.provider), {
      now: ctx.clock.now(),
      callbackUrl: callbackUrlOf(ctx, request, detail.session.id),
    })

  const closing = new AbortController()
  return {
    // Streams have no end of their own, and would hold up a shutdown.
    prepare: (app) => {
      app.addHook('preClose', (done) => {
        closing.abort()
        done()
      })
    },
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/sessions',
        operationId: 'sessions.create',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Connect a sender',
          description:
            'A WhatsApp number over Meta’s Cloud API, a number that is linked like WhatsApp Web, or a sandbox that ' +
            'reaches nobody. A linked device is paired afterwards. Secrets are encrypted ' +
            'and never shown again. How many you may have depends on your plan.',
          body: schemas.createBody,
          response: { 201: schemas.answer, ...refusals(400, 409, 413, 415) },
        },
        handler: async (request, reply) => {
          const detail = await createSession(ctx, callerOf(request).account, toNewSession(ctx, request.body))
          return reply.code(201).send({ success: true, data: present(request, detail) })
        },
      }),

      endpoint({
        method: 'GET',
        path: '/sessions',
        operationId: 'sessions.list',
        scope: 'read',
        schema: {
          tags,
          summary: 'List your senders',
          description: 'The newest first, a page at a time, each with its health.',
          querystring: sessionListQuery,
          response: { 200: schemas.listAnswer, ...refusals(400) },
        },
        handler: async (request) => {
          const { cursor = null, ...rest } = request.query
          const found = await findSessionPage(ctx, callerOf(request).account.id, { cursor, ...rest })
          const { sessions, ...pagination } = found
          return {
            success: true as const,
            data: sessions.map((detail) => present(request, detail)),
            pagination,
          }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/sessions/:id',
        operationId: 'sessions.get',
        scope: 'read',
        schema: {
          tags,
          summary: 'Read a sender',
          description: 'Its health: what Meta says of the number, its pace, its breaker and its last error.',
          params: sessionParams,
          response: { 200: schemas.answer, ...refusals(400, 404) },
        },
        handler: async (request) => {
          const detail = await getSession(ctx, callerOf(request).account.id, request.params.id)
          return { success: true as const, data: present(request, detail) }
        },
      }),

      endpoint({
        method: 'PATCH',
        path: '/sessions/:id',
        operationId: 'sessions.update',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Change a sender',
          description:
            'Its name, pace, credentials or settings, or make it the default. New credentials let a stopped ' +
            'sender go again, and a paused one try at once. Fields that are absent stay.',
          params: sessionParams,
          body: schemas.patchBody,
          response: { 200: schemas.answer, ...refusals(400, 404, 409, 413, 415) },
        },
        handler: async (request) => {
          const own = { accountId: callerOf(request).account.id, id: request.params.id }
          const detail = await patchSession(ctx, own, toPatch(request.body))
          return { success: true as const, data: present(request, detail) }
        },
      }),

      endpoint({
        method: 'DELETE',
        path: '/sessions/:id',
        operationId: 'sessions.delete',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Remove a sender',
          description:
            'Its credentials are deleted, and messages that still wait to be sent through it fail. Receipts for ' +
            'what it sent still arrive. Its name can be taken again.',
          params: sessionParams,
          response: { 200: removedSessionAnswer, ...refusals(400, 404, 409) },
        },
        handler: async (request) => {
          const { id } = request.params
          await deleteSession(ctx, callerOf(request).account.id, id)
          return { success: true as const, data: { id, removed: true as const } }
        },
      }),

      endpoint({
        method: 'POST',
        path: '/sessions/:id/verify',
        operationId: 'sessions.verify',
        scope: 'manage',
        schema: {
          tags,
          summary: 'Verify a sender’s credentials',
          description:
            'Asks its provider. Also lets a sender go again that was stopped because of a refusal.',
          params: sessionParams,
          response: { 200: verifiedAnswer, ...refusals(400, 404, 409, 422) },
        },
        handler: async (request) => {
          const facts = await verifySession(ctx, callerOf(request).account.id, request.params.id)
          return { success: true as const, data: { verified: true as const, ...facts } }
        },
      }),

      endpoint({
        method: 'POST',
        path: '/sessions/:id/inbound',
        operationId: 'sessions.playInbound',
        scope: 'send',
        schema: {
          tags,
          summary: 'Play a customer’s message to a sandbox',
          description:
            'As if the customer had written: the message is stored, opens their window, and message.received is ' +
            'told. For senders that reach nobody only.',
          params: playParams,
          body: playBody,
          response: { 201: playedAnswer, ...refusals(400, 404, 413, 415) },
        },
        handler: async (request, reply) => {
          const play = toPlayRequest(request.params.id, request.body)
          const played = await playInbound(ctx, callerOf(request).account.id, play)
          return reply.code(201).send(presentPlayed(played))
        },
      }),
      ...linkEndpoints(ctx, { answer: schemas.answer, present, closing: closing.signal }),
    ],
  }
}

type Schemas = ReturnType<typeof sessionSchemas>

function toNewSession(ctx: Context, body: z.output<Schemas['createBody']>): NewSession {
  const given = new Map<string, unknown>(Object.entries(body))
  return {
    name: body.name,
    provider: body.provider,
    settings: recordOf(given.get(settingsField(providerOf(ctx, body.provider).traits))),
    isDefault: body.default ?? null,
    ratePerSecond: body.ratePerSecond ?? null,
    onUnknown: body.onUnknown ?? null,
  }
}

function toPatch(body: z.output<Schemas['patchBody']>): SessionPatch {
  const { name, ratePerSecond, onUnknown, credentials, settings } = body
  return {
    ...(name !== undefined && { name }),
    ...(body.default !== undefined && { isDefault: body.default }),
    ...(ratePerSecond !== undefined && { ratePerSecond }),
    ...(onUnknown !== undefined && { onUnknown }),
    ...(credentials !== undefined && { credentials: recordOf(credentials) }),
    ...(settings !== undefined && { settings: recordOf(settings) }),
  }
}
