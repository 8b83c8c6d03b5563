import { perContext, type Context } from '../../context.ts'
import { findSession, listSessions } from '../../db/stores/sessions/read.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import { breakerAt } from '../../domain/sessions/breaker.ts'
import { cloudSessionName, sandboxSessionName, type Session } from '../../domain/sessions/session.ts'
import { createCache } from '../../kit/cache.ts'
import type { Provider } from '../../providers/contract.ts'
import { hearBreaker } from './breaker-state.ts'
import { decryptSettings } from './encryption.ts'

/** How long a sender that was looked up is believed by the pipeline. */
const trustMs = 1_000

/** A sender ready to send: the session, its provider, and its settings in clear. */
export interface Sender {
  session: Session
  provider: Provider
  settings: unknown
}

const senders = perContext((ctx: Context) =>
  createCache<Sender | null>({
    ttlMs: trustMs,
    entriesMax: 10_000,
    async load(id) {
      const askedMs = performance.now()
      const session = await findSession(ctx.db, id)
      if (session === null || session.state === 'removed') return null
      hearBreaker(ctx, session, askedMs)
      return openSender(ctx, session)
    },
  }),
)

/** The sender behind a session id, or null when it was removed. For the pipeline. */
export function loadSender(ctx: Context, sessionId: string): Promise<Sender | null> {
  return senders(ctx).get(sessionId)
}

/** A session with its provider and its settings in clear. Throws when no key opens them. */
export function openSender(ctx: Context, session: Session): Sender {
  const provider = ctx.providers.get(session.provider)
  if (provider === undefined)
    throw new Error(`session ${session.id} has an unknown provider: ${session.provider}`)
  return { session, provider, settings: decryptSettings(ctx, session) }
}

const accountSessions = perContext((ctx: Context) =>
  createCache<Session[]>({
    ttlMs: trustMs,
    entriesMax: 10_000,
    load: (accountId) => listSessions(ctx.db, accountId),
  }),
)

/** To be called when a session changed: this process looks it up anew. */
export function forgetSession(ctx: Context, session: Session): void {
  senders(ctx).forget(session.id)
  accountSessions(ctx).forget(session.accountId)
}

/** Something that looks for its sender. `named`: by id or name; null: the account's default. */
export interface SessionWish {
  caller: Caller
  named: string | null
  dryRun: boolean
}

/**
 * The session that a message goes through, which must be able to send it. `sendAt` null is now. Throws what
 * `pickSession` does, `session_stopped` and `session_paused`.
 */
export async function chooseSession(
  ctx: Context,
  { sendAt, ...wish }: SessionWish & { sendAt: Date | null },
): Promise<Session> {
  const session = await pickSession(ctx, wish)
  assertGoing(session)
  assertNotPaused(session, { now: ctx.clock.now(), sendAt })
  return session
}

/**
 * The session that is meant, whether or not it can send now: the sandbox for a test key or a dry run, else the one
 * named, else the account's default. Throws `session_not_found` and `credentials_missing`.
 */
export async function pickSession(ctx: Context, { caller, named, dryRun }: SessionWish): Promise<Session> {
  const sessions = await accountSessions(ctx).get(caller.account.id)
  const sandbox = sessions.find((session) => session.name === sandboxSessionName)
  const asked = named === null ? undefined : sessionNamed(sessions, named)
  if ((dryRun || caller.key.mode === 'test') && sandbox !== undefined) return sandbox
  const session = asked ?? sessions.find((one) => one.isDefault)
  if (session === undefined) throw noSender(sessions)
  return session
}

function noSender(sessions: Session[]): AppError {
  const others = sessions.filter(({ name }) => name !== sandboxSessionName).map(({ name }) => `"${name}"`)
  return new AppError(
    'credentials_missing',
    others.length === 0
      ? 'No sender is connected. Save your Meta credentials with PUT /auth/me/credentials, ' +
          'or try the gateway with "session": "sandbox" or "dry_run": true.'
      : 'This account has no default sender. Name one in "session", or make one the default with ' +
          `PATCH /sessions/:id and {"default": true}. There are: ${others.slice(0, 10).join(', ')}.`,
  )
}

function assertGoing(session: Session): void {
  if (session.state !== 'stopped') return
  throw new AppError(
    'session_stopped',
    `The sender "${session.name}" is stopped: ${sentence(session.stopDetail ?? 'its provider refused it')} ` +
      `Mend it, then call ${verifyRouteOf(session)}.`,
  )
}

/** The route that proves a session's credentials. The default Cloud session has a shorthand. */
function verifyRouteOf({ id, name }: Session): string {
  return name === cloudSessionName ? 'POST /auth/me/credentials/verify' : `POST /sessions/${id}/verify`
}

/** A message for a time after the pause may be accepted: it waits in any case. */
function assertNotPaused(session: Session, { now, sendAt }: { now: Date; sendAt: Date | null }): void {
  const { state, until, detail } = breakerAt(session, now)
  if (state !== 'open' || until === null || (sendAt !== null && sendAt > until)) return
  const retryAfterSeconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1_000))
  throw new AppError(
    'session_paused',
    `The WhatsApp API has been failing repeatedly for the sender "${session.name}", so sending is paused to ` +
      `protect your account. ${detail === null ? '' : `${sentence(`The last reason: ${detail}`)} `}` +
      `It resolves automatically: send again in ${retryAfterSeconds} s. Messages accepted before wait and are kept.`,
    { retryAfterSeconds },
  )
}

/** A text that ends with a full stop, once. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

/** A sender of an account, by id or name. Throws `session_not_found`. */
export async function findAccountSession(ctx: Context, accountId: string, named: string): Promise<Session> {
  return sessionNamed(await accountSessions(ctx).get(accountId), named)
}

function sessionNamed(sessions: Session[], named: string): Session {
  // No name looks like an id, which may be written in either case.
  const session = sessions.find(({ id, name }) => id === named.toLowerCase() || name === named)
  if (session !== undefined) return session
  throw new AppError('session_not_found', `There is no session "${named}" in this account.`)
}
