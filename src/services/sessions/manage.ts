import type { Context } from '../../context.ts'
import {
  changeSessions,
  clearDefault,
  insertSession,
  liveSessions,
  removeSession,
  updateSession,
  type NewSessionRow,
  type SessionChange,
} from '../../db/stores/sessions/write.ts'
import { findIdByClientKey, writeClientKey } from '../../db/stores/sessions/client-keys.ts'
import type { Tx } from '../../db/client.ts'
import type { Account } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { forgetDeviceSoon, reloadDeviceSoon } from '../links/commands.ts'
import { retrySoon } from '../senders/breaker.ts'
import { detailOf, getSession, type SessionDetail } from './read.ts'
import { newSession, settingsChange, type NewSession } from './row.ts'
import { assertNameFree, assertRate, assertRenamable, assertSenderFree, noSuchSession } from './rules.ts'
import { decryptSettings, encryptSettings } from '../senders/encryption.ts'
import { assertField, mergeSettings, readSettings, type GivenSettings } from './settings.ts'
import { forgetSession } from '../senders/lookup.ts'
import { builtInName, hasConnection, isBuiltIn, providerWith, traitsOf } from '../senders/providers.ts'

// The front door of the room: connects, changes and removes the senders of an account. The others: `read` shows them,
// `verify` checks their credentials, `cloud-default` is the shorthand for the one named `default`, `client-keys` has the
// names that clients of surfaces chose for them, and `settings`,
// `rules` and `row` are what a change must hold to. What a send needs of a sender is the room `senders`.

/**
 * Connects a sender. The first Cloud sender of an account becomes its default unless the request says not to. One with
 * a name on a surface that exists already is answered as it is. Throws `validation_failed` and `session_exists`.
 */
export async function createSession(
  ctx: Context,
  account: Account,
  wanted: NewSession,
): Promise<SessionDetail> {
  const read = readSettings(ctx, wanted.provider, wanted.settings)
  const session = await changeSessions(ctx.db, account.id, async (tx) => {
    const live = await liveSessions(tx, account.id)
    const known = await findKnown(tx, account, live, wanted)
    if (known !== undefined) return known
    assertNameFree(live, wanted.name)
    assertSenderFree(live, read.senderId)
    const isDefault =
      wanted.isDefault ?? (!traitsOf(ctx, wanted).isPlayground && !live.some((one) => one.isDefault))
    if (isDefault) await clearDefault(tx, account.id)
    const made = await insertSession(tx, newSession(ctx, account.id, { ...wanted, isDefault }, read))
    if (wanted.clientKey !== undefined)
      await writeClientKey(tx, { accountId: account.id, ...wanted.clientKey }, made.id)
    return made
  })
  forgetSession(ctx, session)
  return detailOf(ctx, session)
}

/** The session that a client of a surface means by the name that it asks for, if there is one. */
async function findKnown(
  tx: Tx,
  { id: accountId }: Account,
  live: readonly LiveSession[],
  { clientKey }: NewSession,
): Promise<LiveSession | undefined> {
  if (clientKey === undefined) return undefined
  const known = await findIdByClientKey(tx, { accountId, ...clientKey })
  return live.find(({ id }) => id === known)
}

/** The row of the playground that a new account gets. */
export function playgroundSession(ctx: Context, accountId: string): NewSessionRow {
  const provider = providerWith(ctx, 'isPlayground').id
  const read = readSettings(ctx, provider, {})
  const facts = { name: builtInName(ctx), provider, isDefault: false, ratePerSecond: null, onUnknown: null }
  return newSession(ctx, accountId, facts, read)
}

/** The session and what it is to become, as its owner asks. */
export interface SessionPatch {
  name?: string
  isDefault?: true
  ratePerSecond?: number
  onUnknown?: LiveSession['onUnknown']
  /** Some of a Cloud sender's credentials; the others stay. */
  credentials?: GivenSettings
  /** Some of a sandbox's settings, likewise. */
  settings?: GivenSettings
}

/**
 * Changes a session. New credentials let a stopped sender go again, and a paused one try at once. Throws
 * `session_not_found`, `validation_failed`, `session_exists` and `session_protected`.
 */
export async function patchSession(
  ctx: Context,
  { accountId, id }: { accountId: string; id: string },
  patch: SessionPatch,
): Promise<SessionDetail> {
  const session = await changeSessions(ctx.db, accountId, async (tx) => {
    const live = await liveSessions(tx, accountId)
    const before = live.find((one) => one.id === id)
    if (before === undefined) throw noSuchSession()
    const change = changeFor(ctx, { before, live }, patch)
    if (patch.isDefault === true && !before.isDefault) await clearDefault(tx, accountId)
    return updateSession(tx, before, { ...change, updatedAt: ctx.clock.now() })
  })
  const given = patch.credentials ?? patch.settings
  const changed = given === undefined ? session : await retrySoon(ctx, session)
  forgetSession(ctx, changed)
  if (given !== undefined && hasConnection(ctx, changed)) await reloadDeviceSoon(ctx, id)
  return detailOf(ctx, changed)
}

function changeFor(
  ctx: Context,
  { before, live }: { before: LiveSession; live: LiveSession[] },
  { credentials, settings, ...patch }: SessionPatch,
): SessionChange {
  const others = live.filter(({ id }) => id !== before.id)
  const renamed = patch.name !== undefined && patch.name !== before.name
  if (renamed) {
    assertRenamable(ctx, before)
    assertNameFree(others, patch.name)
  }
  if (patch.ratePerSecond !== undefined) assertRate(ctx, before, patch.ratePerSecond)
  if (credentials !== undefined) assertField(ctx, before, 'credentials')
  if (settings !== undefined) assertField(ctx, before, 'settings')
  const given = credentials ?? settings
  const encrypt = given === undefined && renamed ? encryptAgain(ctx, before) : {}
  if (given === undefined) return { ...patch, ...encrypt }
  const read = mergeSettings(ctx, before, given)
  assertSenderFree(others, read.senderId)
  return { ...patch, ...settingsChange(ctx, before, read) }
}

/** Encrypts of old are bound to the name that goes away. */
function encryptAgain(ctx: Context, session: LiveSession): SessionChange {
  try {
    return { credentials: encryptSettings(ctx, session, decryptSettings(ctx, session)) }
  } catch {
    // No key opens them: they have to be saved again in any case.
    return {}
  }
}

/**
 * Forgets a sender's credentials; what is still queued for it fails. Throws `session_not_found` and
 * `session_protected`.
 */
export async function deleteSession(ctx: Context, accountId: string, id: string): Promise<void> {
  const { session } = await getSession(ctx, accountId, id)
  if (isBuiltIn(ctx, session)) {
    throw new AppError(
      'session_protected',
      `The session "${session.name}" stays: test keys and dry runs need it.`,
    )
  }
  const removed = await removeSession(ctx.db, { accountId, id, at: ctx.clock.now() })
  if (removed === null) throw noSuchSession()
  forgetSession(ctx, removed)
  if (hasConnection(ctx, removed)) await forgetDeviceSoon(ctx, id)
}
