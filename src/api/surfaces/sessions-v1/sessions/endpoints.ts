import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Context } from '../../../../context.ts'
import type { Caller } from '../../../../domain/accounts/account.ts'
import { planNamed } from '../../../../domain/accounts/plan.ts'
import { AppError } from '../../../../domain/app-error.ts'
import { connectDevice, disconnectDevice, reloadDeviceSoon } from '../../../../services/links/commands.ts'
import { makeStreamToken } from '../../../../services/links/stream-token.ts'
import { providerOfDevices, providerWith } from '../../../../services/senders/providers.ts'
import { renameOnSurface } from '../../../../services/sessions/client-keys.ts'
import { createSession, deleteSession } from '../../../../services/sessions/manage.ts'
import type { SessionDetail } from '../../../../services/sessions/read.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { endpoint, type Resource } from '../../../http/endpoint.ts'
import { idParams, instant, refusals } from '../fields.ts'
import { documented } from '../names.ts'
import { findOwn, listOwn, namespaceOf, type OwnSession } from './own.ts'
import {
  changeBody,
  createBody,
  exampleId,
  presentSession,
  sessionsAnswer,
  sessionView,
  settingsBody,
  settingsView,
} from './schema.ts'
import { changeSettings, presentSettings } from './settings.ts'
import { streamResource } from './stream-endpoint.ts'

/** The sessions of an account: its senders, each with a name that the client chose. */
export function sessionEndpoints(ctx: Context): Resource {
  const stream = streamResource(ctx, {
    path: '/sessions/:id/stream',
    operationId: 'sessionsV1.streamSession',
  })
  return {
    ...stream,
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/sessions',
        operationId: 'sessionsV1.createSession',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Create a session',
          description:
            'With a name that you choose: the same name again answers the session that has it. Then open its stream ' +
            'and scan the QR code. A test key makes a sandbox, which is connected at once.',
          body: createBody,
          response: { 201: sessionView, ...refusals(400, 413, 415) },
        },
        handler: async (request, reply) => {
          const caller = callerOf(request)
          const { session } = await makeSession(ctx, caller, request.body.session_key)
          return reply.code(201).send(presentSession(await findOwn(ctx, caller, session.id)))
        },
      }),

      endpoint({
        method: 'GET',
        path: '/sessions',
        operationId: 'sessionsV1.listSessions',
        scope: 'read',
        schema: {
          ...documented,
          summary: 'List your sessions',
          description:
            'The newest first: linked devices, Cloud API numbers and sandboxes. With a test key, sandboxes.',
          response: { 200: sessionsAnswer, ...refusals() },
        },
        handler: async (request) => {
          const sessions = await listOwn(ctx, callerOf(request))
          return { sessions: sessions.map(presentSession), total: sessions.length }
        },
      }),

      endpoint({
        method: 'GET',
        path: '/sessions/:id',
        operationId: 'sessionsV1.getSession',
        scope: 'read',
        schema: {
          ...documented,
          summary: 'Read a session',
          description: 'By its id, or by the session key that you chose.',
          params: idParams,
          response: { 200: sessionView, ...refusals(404) },
        },
        handler: async (request) => presentSession(await findOwn(ctx, callerOf(request), request.params.id)),
      }),

      endpoint({
        method: 'PATCH',
        path: '/sessions/:id',
        operationId: 'sessionsV1.updateSession',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Rename a session',
          description: 'Gives it another session key.',
          params: idParams,
          body: changeBody,
          response: { 200: sessionView, ...refusals(404, 409, 413, 415) },
        },
        handler: async (request) => {
          const caller = callerOf(request)
          const { session } = await findOwn(ctx, caller, request.params.id)
          const { session_key: key } = request.body
          if (key !== undefined) await renameOnSurface(ctx, { ...namespaceOf(caller), key }, session.id)
          return presentSession(await findOwn(ctx, caller, session.id))
        },
      }),

      endpoint({
        method: 'DELETE',
        path: '/sessions/:id',
        operationId: 'sessionsV1.deleteSession',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Remove a session',
          description: 'Its device is unlinked, and messages that wait for it fail.',
          params: idParams,
          response: { 204: z.null().meta({ description: 'Removed.' }), ...refusals(404, 409) },
        },
        handler: async (request, reply) => {
          const { session } = await findOwn(ctx, callerOf(request), request.params.id)
          await deleteSession(ctx, session.accountId, session.id)
          return reply.code(204).send(null)
        },
      }),

      endpoint({
        method: 'GET',
        path: '/sessions/:id/settings',
        operationId: 'sessionsV1.getSettings',
        scope: 'read',
        schema: {
          ...documented,
          summary: 'Read the settings of a session',
          description: 'As they are: what cannot be switched on is false.',
          params: idParams,
          response: { 200: settingsView, ...refusals(404) },
        },
        handler: async (request) => presentSettings(await findOwn(ctx, callerOf(request), request.params.id)),
      }),

      endpoint({
        method: 'PATCH',
        path: '/sessions/:id/settings',
        operationId: 'sessionsV1.updateSettings',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Change the settings of a session',
          description:
            'What is left out stays. What a session of its kind cannot do is refused, with the reason.',
          params: idParams,
          body: settingsBody,
          response: { 200: settingsView, ...refusals(404, 413, 415) },
        },
        handler: async (request) => {
          const own = await findOwn(ctx, callerOf(request), request.params.id)
          return presentSettings(await changeSettings(ctx, own, request.body))
        },
      }),

      endpoint({
        method: 'POST',
        path: '/sessions/:id/disconnect',
        operationId: 'sessionsV1.disconnectSession',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Disconnect a session',
          description: 'It stays paired, and comes back with `restart`. A pairing under way is given up.',
          params: idParams,
          response: { 200: initiated('disconnect_initiated'), ...refusals(404, 409, 501) },
        },
        handler: async (request) => {
          const own = await findOwn(ctx, callerOf(request), request.params.id)
          assertDevice(own)
          await disconnectDevice(ctx, placeOf(own))
          return { status: 'disconnect_initiated' as const }
        },
      }),

      endpoint({
        method: 'POST',
        path: '/sessions/:id/restart',
        operationId: 'sessionsV1.restartSession',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Restart a session',
          description:
            'Connects it anew. One that is not paired is paired by opening its stream. A Cloud API number and a ' +
            'sandbox hold no connection: they stay connected.',
          params: idParams,
          response: { 200: initiated('restart_initiated'), ...refusals(404, 409, 501) },
        },
        handler: async (request) => {
          const own = await findOwn(ctx, callerOf(request), request.params.id)
          if (own.link !== null) await restart(ctx, own)
          return { status: 'restart_initiated' as const }
        },
      }),

      endpoint({
        method: 'POST',
        path: '/sessions/:id/stream-token',
        operationId: 'sessionsV1.createStreamToken',
        scope: 'manage',
        schema: {
          ...documented,
          summary: 'Make a token for a stream',
          description:
            'For browsers, whose EventSource sends no headers. It lives for ten minutes and opens this stream alone.',
          params: idParams,
          response: { 200: tokenAnswer, ...refusals(404) },
        },
        handler: async (request) => {
          const own = await findOwn(ctx, callerOf(request), request.params.id)
          const { token, expiresAt } = makeStreamToken(ctx, placeOf(own))
          const streamUrl = `${presentSession(own).streamUrl}?token=${encodeURIComponent(token)}`
          return { token, expiresAt: expiresAt.toISOString(), streamUrl }
        },
      }),
      ...stream.endpoints,
    ],
  }
}

const tokenAnswer = z.object({ token: z.string(), expiresAt: instant, streamUrl: z.string() }).meta({
  examples: [
    {
      token: 'v1.Zm9vYmFyMQ.c2FsdA.dG9rZW4',
      expiresAt: '2026-03-28T10:10:00.000Z',
      streamUrl: `/v1/sessions/${exampleId}/stream?token=v1.Zm9vYmFyMQ.c2FsdA.dG9rZW4`,
    },
  ],
})

function initiated<Word extends string>(word: Word) {
  return z.object({ status: z.literal(word) }).meta({ examples: [{ status: word }] })
}

/** A live key makes a device that is to be paired, a test key a sandbox. */
async function makeSession(ctx: Context, caller: Caller, key: string): Promise<SessionDetail> {
  const { account } = caller
  const { surface, mode } = namespaceOf(caller)
  const provider = mode === 'test' ? providerWith(ctx, 'isPlayground') : providerOfDevices(ctx)
  return createSession(ctx, account, {
    name: nameFor(key),
    provider: provider.id,
    settings: {},
    isDefault: null,
    clientKey: { surface, mode, key },
    ratePerSecond: null,
    onUnknown: null,
    sessionsMax: planNamed(account.plan).sessionsMax,
  })
}

/** Its name beside this API, where names are short and are not shared with those that others chose. */
function nameFor(key: string): string {
  const start = Array.from(key).slice(0, 20).join('').trim()
  return `${start} ${randomBytes(4).toString('hex')}`.trim()
}

function placeOf({ session }: OwnSession): { accountId: string; id: string } {
  return { accountId: session.accountId, id: session.id }
}

function assertDevice({ link, sessionKey }: OwnSession): void {
  if (link !== null) return
  throw new AppError(
    'session_protected',
    `The session "${sessionKey}" is no linked device: it holds no connection that could be cut. Delete it instead.`,
  )
}

async function restart(ctx: Context, own: OwnSession): Promise<void> {
  const { id } = await connectDevice(ctx, placeOf(own))
  if (own.status === 'connected') await reloadDeviceSoon(ctx, id)
}
