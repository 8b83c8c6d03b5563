import type { Context } from '../../../../context.ts'
import type { Caller, KeyMode } from '../../../../domain/accounts/account.ts'
import { AppError } from '../../../../domain/app-error.ts'
import type { LinkState } from '../../../../domain/devices/link.ts'
import { isUuid } from '../../../../kit/id.ts'
import { traitsOf } from '../../../../services/senders/providers.ts'
import { findSessionByClientKey, readClientKeys } from '../../../../services/sessions/client-keys.ts'
import {
  detailOf,
  findSession,
  listAccountSessions,
  type SessionDetail,
} from '../../../../services/sessions/read.ts'
import { surfaceName } from '../names.ts'

/** The statuses of sessions in the words of this API. */
export const sessionStatuses = [
  'initializing',
  'qr_ready',
  'connecting',
  'connected',
  'disconnected',
  'failed',
] as const
export type SessionStatus = (typeof sessionStatuses)[number]

/** A sender of the account as a session of this API. */
export interface OwnSession extends SessionDetail {
  sessionKey: string
  status: SessionStatus
}

/** The sessions that a key sees, the newest first: with a test key the sandboxes, and only those. */
export async function listOwn(ctx: Context, caller: Caller): Promise<OwnSession[]> {
  return visible(ctx, caller, await listAccountSessions(ctx, caller.account.id))
}

/** One session that a key sees, by its id or its session key. Throws `session_not_found`. */
export async function findOwn(ctx: Context, caller: Caller, given: string): Promise<OwnSession> {
  const accountId = caller.account.id
  const byId = isUuid(given) ? await findSession(ctx, accountId, given.toLowerCase()) : null
  const session = byId ?? (await findSessionByClientKey(ctx, { ...namespaceOf(caller), key: given }))
  const [own] = session === null ? [] : await visible(ctx, caller, [await detailOf(ctx, session)])
  if (own !== undefined) return own
  // One that was made by other means is shown with its name there.
  const named = (await listOwn(ctx, caller)).find(({ sessionKey }) => sessionKey === given)
  if (named === undefined) throw noSuchSession()
  return named
}

/** A session of an account by its id, for somebody who was let in to this one. Throws `session_not_found`. */
export async function findAdmitted(ctx: Context, accountId: string, id: string): Promise<OwnSession> {
  const session = await findSession(ctx, accountId, id)
  if (session === null) throw noSuchSession()
  return ownOf(await detailOf(ctx, session), session.name)
}

/** The names of an account's sessions on this surface, for keys of the caller's mode. */
export function namespaceOf({ account, key }: Caller): { accountId: string; surface: string; mode: KeyMode } {
  return { accountId: account.id, surface: surfaceName, mode: key.mode }
}

function noSuchSession(): AppError {
  return new AppError('session_not_found', 'Session not found')
}

/**
 * Those sessions that a key sees. One that was made with a test key is a sandbox, and a live key does not see it: its
 * session key may be that of a session which reaches people.
 */
async function visible(ctx: Context, caller: Caller, details: SessionDetail[]): Promise<OwnSession[]> {
  const sessions = details.map(({ session }) => session)
  const namespace = namespaceOf(caller)
  const [keys, testKeys] = await Promise.all([
    readClientKeys(ctx, namespace, sessions),
    readClientKeys(ctx, { ...namespace, mode: 'test' }, sessions),
  ])
  const isVisible = ({ session }: SessionDetail) =>
    caller.key.mode === 'test' ? traitsOf(ctx, session).isPlayground : !testKeys.has(session.id)
  return details
    .filter(isVisible)
    .map((detail) => ownOf(detail, keys.get(detail.session.id) ?? detail.session.name))
}

function ownOf(detail: SessionDetail, sessionKey: string): OwnSession {
  return { ...detail, sessionKey, status: statusOf(detail) }
}

const linkStatuses = {
  unpaired: 'disconnected',
  pairing: 'qr_ready',
  connecting: 'connecting',
  connected: 'connected',
  restricted: 'connected',
  disconnected: 'disconnected',
  logged_out: 'disconnected',
  replaced: 'disconnected',
  banned: 'failed',
} as const satisfies Record<LinkState, SessionStatus>

/** A Cloud number and a sandbox hold no connection: they are connected unless their provider refuses them. */
function statusOf({ session, link }: SessionDetail): SessionStatus {
  if (session.state === 'stopped') return 'failed'
  if (link === null) return 'connected'
  return link.state === 'unpaired' && link.since === null ? 'initializing' : linkStatuses[link.state]
}
