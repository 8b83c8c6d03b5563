import { perContext, type Context } from '../context.ts'
import {
  findSession,
  findSessionByName,
  listSessions,
  markSessionVerified,
  removeSession,
  stopSession,
  upsertSession,
} from '../db/stores/sessions.ts'
import type { Caller } from '../domain/account.ts'
import { AppError } from '../domain/app-error.ts'
import { cloudSessionName, sandboxSessionName, type Session } from '../domain/session.ts'
import { createCache } from '../kit/cache.ts'
import { newId } from '../kit/id.ts'
import type { Provider } from '../providers/contract.ts'

/** How long a sender that was looked up is believed by the pipeline. */
const trustMs = 1_000
const sandboxRatePerSecond = 1_000

/** What binds a session's sealed credentials to their place. */
function purposeOf({ accountId, name }: { accountId: string; name: string }): string {
  return `session:${accountId}:${name}`
}

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
      const session = await findSession(ctx.db, id)
      return session === null || session.state === 'removed' ? null : openSender(ctx, session)
    },
  }),
)

/** The sender behind a session id, or null when it was removed. For the pipeline. */
export function loadSender(ctx: Context, sessionId: string): Promise<Sender | null> {
  return senders(ctx).get(sessionId)
}

function openSender(ctx: Context, session: Session): Sender {
  const provider = ctx.providers.get(session.provider)
  if (provider === undefined)
    throw new Error(`session ${session.id} has an unknown provider: ${session.provider}`)
  const settings: unknown = JSON.parse(ctx.sealer.open(session.credentials, purposeOf(session)))
  return { session, provider, settings }
}

const accountSessions = perContext((ctx: Context) =>
  createCache<Session[]>({
    ttlMs: trustMs,
    entriesMax: 10_000,
    load: (accountId) => listSessions(ctx.db, accountId),
  }),
)

/**
 * The session that a message goes through: the sandbox for a test key or a dry run, else the one named (by id or
 * name), else the account's default. Throws `session_not_found`, `credentials_missing` and `session_stopped`.
 */
export async function chooseSession(
  ctx: Context,
  { caller, named, dryRun }: { caller: Caller; named: string | null; dryRun: boolean },
): Promise<Session> {
  const sessions = await accountSessions(ctx).get(caller.account.id)
  const live = sessions.filter((session) => session.state !== 'removed')
  const sandbox = live.find((session) => session.name === sandboxSessionName)
  const asked = named === null ? undefined : sessionNamed(live, named)
  if ((dryRun || caller.key.mode === 'test') && sandbox !== undefined) return sandbox
  const session = asked ?? live.find((one) => one.isDefault)
  if (session === undefined) {
    throw new AppError(
      'credentials_missing',
      'No sender is connected. Save your Meta credentials with PUT /auth/me/credentials, ' +
        'or try the gateway with "session": "sandbox" or "dry_run": true.',
    )
  }
  if (session.state === 'stopped') {
    throw new AppError(
      'session_stopped',
      `The sender "${session.name}" is stopped: ${sentence(session.stopDetail ?? 'its provider refused it')} ` +
        'Mend it, then call POST /auth/me/credentials/verify.',
    )
  }
  return session
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
  const session = sessions.find(({ id, name }) => id === named || name === named)
  if (session !== undefined) return session
  throw new AppError('session_not_found', `There is no session "${named}" in this account.`)
}

/** Gives an account its sandbox sender. */
export function createSandboxSession(ctx: Context, accountId: string): Promise<Session> {
  return saveSession(ctx, {
    accountId,
    name: sandboxSessionName,
    provider: 'sandbox',
    isDefault: false,
    senderId: null,
    settings: {},
    ratePerSecond: sandboxRatePerSecond,
  })
}

export interface CloudCredentials {
  accessToken: string
  phoneNumberId: string
  businessAccountId?: string | undefined
  appSecret?: string | undefined
  verifyToken?: string | undefined
}

/** Connects the account's default Cloud API sender, or changes its credentials. */
export function saveCloudCredentials(
  ctx: Context,
  accountId: string,
  credentials: CloudCredentials,
): Promise<Session> {
  return saveSession(ctx, {
    accountId,
    name: cloudSessionName,
    provider: 'whatsapp-cloud',
    isDefault: true,
    senderId: credentials.phoneNumberId,
    settings: credentials,
    ratePerSecond: ctx.config.send.cloudRatePerSecond,
  })
}

async function saveSession(
  ctx: Context,
  wanted: Pick<Session, 'accountId' | 'name' | 'provider' | 'isDefault' | 'senderId' | 'ratePerSecond'> & {
    settings: unknown
  },
): Promise<Session> {
  const { settings, ...facts } = wanted
  const existing = await findSessionByName(ctx.db, wanted.accountId, wanted.name)
  const now = ctx.clock.now()
  const id = existing?.id ?? newId()
  const session = await upsertSession(ctx.db, {
    ...facts,
    id,
    credentials: ctx.sealer.seal(JSON.stringify(settings), purposeOf(wanted)),
    state: 'active',
    stopCode: null,
    stopDetail: null,
    ratePerSecond: existing?.ratePerSecond ?? facts.ratePerSecond,
    onUnknown: existing?.onUnknown ?? 'retry',
    displayPhoneNumber: null,
    verifiedName: null,
    qualityRating: null,
    verifiedAt: null,
    pastSenderIds: pastSenderIds(existing, wanted.senderId),
    createdAt: existing?.createdAt ?? now,
    updatedAt: now,
  })
  forgetSession(ctx, session)
  return session
}

function pastSenderIds(existing: Session | null, senderId: string | null): string[] {
  const known = [
    ...(existing?.pastSenderIds ?? []),
    ...(existing?.senderId == null ? [] : [existing.senderId]),
  ]
  return [...new Set(known)].filter((past) => past !== senderId)
}

/** Takes the default Cloud API sender's credentials away. Throws `credentials_missing` when there are none. */
export async function removeCloudCredentials(ctx: Context, accountId: string): Promise<void> {
  const session = await findSessionByName(ctx.db, accountId, cloudSessionName)
  const removed = await removeSession(ctx.db, { accountId, name: cloudSessionName, at: ctx.clock.now() })
  if (!removed) throw new AppError('not_found', 'No credentials are saved for this account.')
  if (session !== null) forgetSession(ctx, session)
}

/** What the provider said of the credentials when they were proven. */
export interface VerifiedCredentials {
  displayPhoneNumber: string | null
  verifiedName: string | null
  qualityRating: string | null
}

/**
 * Proves the default Cloud API sender's credentials against Meta, and lets a stopped sender go again. Throws
 * `credentials_missing`, `credentials_rejected` and `provider_unreachable`.
 */
export async function verifyCloudCredentials(ctx: Context, accountId: string): Promise<VerifiedCredentials> {
  const session = await findSessionByName(ctx.db, accountId, cloudSessionName)
  if (session === null || session.state === 'removed') {
    throw new AppError(
      'credentials_missing',
      'No credentials are saved. Save them first with PUT /auth/me/credentials.',
    )
  }
  const { provider, settings } = openOrRefuse(ctx, session)
  const check = await provider.checkCredentials?.(settings, AbortSignal.timeout(ctx.config.send.timeoutMs))
  if (check === undefined) throw new AppError('not_found', 'This sender has no credentials to verify.')
  if (!check.ok) {
    if (check.code === 'provider_unreachable' || check.code === 'provider_unavailable') {
      throw new AppError('provider_unreachable', `Meta could not be asked: ${check.detail}`, {
        retryAfterSeconds: 10,
      })
    }
    throw new AppError('credentials_rejected', `Meta does not accept these credentials: ${check.detail}`)
  }
  const { ok: _ok, ...facts } = check
  await markSessionVerified(ctx.db, { id: session.id, accountId, at: ctx.clock.now(), ...facts })
  forgetSession(ctx, session)
  return facts
}

/** Credentials that no key opens any more have to be saved again. */
function openOrRefuse(ctx: Context, session: Session): Sender {
  try {
    return openSender(ctx, session)
  } catch (error) {
    throw new AppError(
      'credentials_missing',
      'The saved credentials cannot be read any more. Save them again with PUT /auth/me/credentials.',
      { cause: error },
    )
  }
}

/** Stops a sender until its owner acts. */
export async function stopSender(
  ctx: Context,
  { session, code, detail }: { session: Session; code: string; detail: string },
): Promise<void> {
  ctx.log.warn(
    { sessionId: session.id, accountId: session.accountId, code },
    `a sender was stopped: ${detail}`,
  )
  await stopSession(ctx.db, { id: session.id, code, detail, at: ctx.clock.now() })
  forgetSession(ctx, session)
}

function forgetSession(ctx: Context, session: Session): void {
  senders(ctx).forget(session.id)
  accountSessions(ctx).forget(session.accountId)
}
