import { perContext, type Context } from '../../context.ts'
import type { ArchivedCallback } from '../../db/stores/callbacks/callbacks.ts'
import { findSession } from '../../db/stores/sessions/read.ts'
import { AppError } from '../../domain/app-error.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'
import { after } from '../../kit/clock.ts'
import { safeEqual } from '../../kit/crypto/hash.ts'
import { isUuid, newId } from '../../kit/id.ts'
import { applyGraceMs, archiveAndApply } from './apply.ts'
import { refuseWhenFull } from '../common/overload.ts'
import { loadSender, type Sender } from '../senders/lookup.ts'

// The front door of the room: verifies a callback of a provider, archives it and has it applied. The others: `apply`
// parts it into events, `apply-statuses` applies the most frequent kind and `kinds` has the others; `receive-events`
// takes events that came over a connection of ours; `receivers` finds the sessions that an event is for, `verified`
// says who vouches for it, `report` logs and counts what was applied. `waiting` keeps receipts that came before
// their messages, `tidy` forgets old ones, `reprocess` is the operator's command over archived callbacks, and
// `play-inbound` has a customer of a playground write.

const archives = perContext((ctx: Context) =>
  createBatcher<ArchivedCallback, void>({
    itemsMax: 32,
    lanes: 2,
    waitingMax: 256,
    async run(callbacks) {
      await archiveAndApply(ctx, callbacks)
      return callbacks.map(() => ({ status: 'fulfilled', value: undefined }))
    },
  }),
)

export interface IncomingCallback {
  provider: string
  /** The session in the path, if there is one. */
  sessionId: string | null
  body: Buffer
  headers: Record<string, string | string[] | undefined>
}

/** The provider whose callbacks come to `/webhooks/<path>`. Throws `not_found` when there is none. */
export function callbackProvider(ctx: Context, path: string): string {
  const found = [...ctx.providers.values()].find(({ callbacks }) => callbacks?.path === path)
  if (found === undefined) throw new AppError('not_found', 'This provider sends no callbacks.')
  return found.id
}

/**
 * Takes a provider's callback: verifies it, archives its bytes, and applies it. When this resolves it is committed
 * and will be applied whatever happens. Throws `signature_invalid`, `session_not_found`, `not_found` and
 * `unavailable`.
 */
export async function receiveCallback(ctx: Context, incoming: IncomingCallback): Promise<void> {
  const reader = ctx.providers.get(incoming.provider)?.callbacks
  if (reader === undefined) throw new AppError('not_found', 'This provider sends no callbacks.')
  const sender = await senderOf(ctx, incoming)
  const own = sender?.channel.callbackSecrets?.signature ?? null
  const secret = own ?? reader.operatorSecrets.signature
  if (secret === null) throw new AppError('signature_invalid', reader.problems.noSecret)
  if (!reader.verify(incoming.body, incoming.headers, secret)) {
    throw new AppError('signature_invalid', reader.problems.wrongSignature)
  }
  await keepCallback(ctx, { ...incoming, sessionId: own === null ? null : incoming.sessionId })
}

/** Archives what a provider reports and applies it. `sessionId`: as in `ArchivedCallback`. Throws `unavailable`. */
export async function keepCallback(
  ctx: Context,
  { provider, sessionId, body }: Pick<ArchivedCallback, 'provider' | 'sessionId' | 'body'>,
): Promise<void> {
  const now = ctx.clock.now()
  await archives(ctx)
    .add({ id: newId(), provider, sessionId, body, receivedAt: now, dueAt: after(now, applyGraceMs) })
    .catch(refuseWhenFull)
}

/**
 * Answers Meta's subscription handshake: whether the token is ours. Throws `session_not_found`.
 */
export async function isVerifyToken(
  ctx: Context,
  { sessionId, token, provider }: { sessionId: string | null; token: string; provider: string },
): Promise<boolean> {
  const sender = await senderOf(ctx, { sessionId, provider })
  const own = sender?.channel.callbackSecrets?.verifyToken ?? null
  const expected = own ?? ctx.providers.get(provider)?.callbacks?.operatorSecrets.verifyToken ?? null
  return expected !== null && safeEqual(token, expected)
}

async function senderOf(
  ctx: Context,
  { sessionId, provider }: { sessionId: string | null; provider: string },
): Promise<Sender | null> {
  if (sessionId === null) return null
  const known = isUuid(sessionId) ? await findSession(ctx.db, sessionId) : null
  if (known === null || known.provider !== provider) {
    throw new AppError('session_not_found', 'There is no such session.')
  }
  return loadSender(ctx, sessionId)
}
