import { perContext, type Context } from '../../context.ts'
import { findSession, listSessions } from '../../db/stores/sessions/read.ts'
import type { SentBy } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import { breakerAt } from '../../domain/sessions/breaker.ts'
import type { LiveSession, Session } from '../../domain/sessions/session.ts'
import { createCache } from '../../kit/cache.ts'
import type { Channel, Provider } from '../../providers/contract.ts'
import { syncBreaker } from './breaker-state.ts'
import { sessionMemory } from './device-memory.ts'
import { decryptSettings } from './encryption.ts'
import { isBuiltIn, providerOf, traitsOf } from './providers.ts'

// The front door of the room: finds the sender of a message and opens it. The others: `breaker` pauses a sender whose
// provider fails, `breaker-state` keeps what this process saw of it, `stop` stops one that its provider refused,
// `state-changes` publishes both, `verified-by-send` verifies one whose provider took a message, `encryption` keeps the
// settings secret, `providers` answers what a session's provider can do, `refused` words what it refuses beside sends,
// and `device-memory` reads and writes what the connection of a linked device keeps.

/** How long the pipeline uses a sender that it looked up. */
const cachedMs = 1_000

/** A sender ready to send: the session, its provider, and the channel that is bound to its settings. */
export interface Sender {
  session: LiveSession
  provider: Provider
  channel: Channel
}

const senders = perContext((ctx: Context) =>
  createCache<Sender | null>({
    ttlMs: cachedMs,
    entriesMax: 10_000,
    async load(id) {
      const askedMs = performance.now()
      const session = await findSession(ctx.db, id)
      if (session === null || session.state === 'removed') return null
      syncBreaker(ctx, session, askedMs)
      return openSender(ctx, session)
    },
  }),
)

/** The sender behind a session id, or null when it was removed. For the pipeline. */
export function loadSender(ctx: Context, sessionId: string): Promise<Sender | null> {
  return senders(ctx).get(sessionId)
}

/** Opens a session. Throws when no key decrypts its settings, or when its provider does not take them any more. */
export function openSender(ctx: Context, session: LiveSession): Sender {
  const provider = providerOf(ctx, session.provider)
  const settings = decryptSettings(ctx, session)
  const memory = provider.connections === undefined ? {} : { memory: sessionMemory(ctx, session) }
  return { session, provider, channel: provider.open({ id: session.id, settings, ...memory }) }
}

const accountSessions = perContext((ctx: Context) =>
  createCache<LiveSession[]>({
    ttlMs: cachedMs,
    entriesMax: 10_000,
    load: (accountId) => listSessions(ctx.db, accountId),
  }),
)

/** Must be called when a session changed: this process looks it up anew. */
export function forgetSession(ctx: Context, session: Session): void {
  senders(ctx).forget(session.id)
  accountSessions(ctx).forget(session.accountId)
}

/** A request that names its sender, or leaves it to the account. `named`: by id or name; null: the default. */
export interface SenderRequest {
  caller: SentBy
  named: string | null
  dryRun: boolean
}

/**
 * The session that a message goes through, which must be able to send it. `sendAt` null is now. Throws what
 * `pickSession` does, `session_stopped` and `session_paused`.
 */
export async function chooseSession(
  ctx: Context,
  { sendAt, ...request }: SenderRequest & { sendAt: Date | null },
): Promise<LiveSession> {
  const session = await pickSession(ctx, request)
  assertNotStopped(session)
  assertNotPaused(session, { now: ctx.clock.now(), sendAt })
  return session
}

/**
 * The session that is meant, whether or not it can send now: the playground for a test key or a dry run, else the one
 * named, else the account's default. Throws `session_not_found` and `credentials_missing`.
 */
export async function pickSession(
  ctx: Context,
  { caller, named, dryRun }: SenderRequest,
): Promise<LiveSession> {
  const sessions = await accountSessions(ctx).get(caller.account.id)
  const playground = sessions.find((session) => isBuiltIn(ctx, session))
  const asked = named === null ? undefined : sessionNamed(sessions, named)
  // A test key may have a playground of its own.
  if (!dryRun && asked !== undefined && traitsOf(ctx, asked).isPlayground) return asked
  if ((dryRun || caller.key.mode === 'test') && playground !== undefined) return playground
  const session = asked ?? sessions.find((one) => one.isDefault)
  if (session === undefined) throw noSender(ctx, sessions)
  return session
}

function noSender(ctx: Context, sessions: LiveSession[]): AppError {
  const others = sessions.filter((session) => !isBuiltIn(ctx, session)).map(({ name }) => name)
  return others.length === 0
    ? new AppError('credentials_missing', 'No sender is connected.', { remedy: { do: 'connect_sender' } })
    : new AppError('credentials_missing', 'This account has no default sender.', {
        remedy: { do: 'choose_sender', names: others.slice(0, 10) },
      })
}

/** Throws `session_stopped`. */
export function assertNotStopped(session: LiveSession): void {
  if (session.state !== 'stopped') return
  throw new AppError(
    'session_stopped',
    `The sender "${session.name}" is stopped: ${sentence(session.reason.detail || 'its provider refused it')}`,
    { remedy: { do: 'verify_sender', sessionId: session.id, name: session.name } },
  )
}

/** A message for a time after the pause may be accepted: it waits in any case. */
function assertNotPaused(session: LiveSession, { now, sendAt }: { now: Date; sendAt: Date | null }): void {
  const breaker = breakerAt(session, now)
  if (breaker.state !== 'open' || (sendAt !== null && sendAt > breaker.until)) return
  const { until, detail } = breaker
  const retryAfterSeconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1_000))
  throw new AppError(
    'session_paused',
    `The WhatsApp API has been failing repeatedly for the sender "${session.name}", so sending is paused to ` +
      `protect your account. ${detail === '' ? '' : `${sentence(`The last reason: ${detail}`)} `}` +
      `It resolves automatically: send again in ${retryAfterSeconds} s. Messages accepted before wait and are kept.`,
    { retryAfterSeconds },
  )
}

/** A text that ends with a full stop, once. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** A sender of an account, by id or name. Throws `session_not_found`. */
export async function findAccountSession(
  ctx: Context,
  accountId: string,
  named: string,
): Promise<LiveSession> {
  return sessionNamed(await accountSessions(ctx).get(accountId), named)
}

function sessionNamed(sessions: LiveSession[], named: string): LiveSession {
  // No name looks like an id, which may be written in either case.
  const session = sessions.find(({ id, name }) => id === named.toLowerCase() || name === named)
  if (session !== undefined) return session
  throw new AppError('session_not_found', `There is no session "${named}" in this account.`)
}
