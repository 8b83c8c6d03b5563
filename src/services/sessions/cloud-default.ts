import type { Context } from '../../context.ts'
import type { Tx } from '../../db/client.ts'
import {
  changeSessions,
  clearDefault,
  findRemovedSession,
  insertSession,
  liveSessions,
  updateSession,
} from '../../db/stores/sessions/write.ts'
import { findSessionByName } from '../../db/stores/sessions/read.ts'
import type { Account } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { retrySoon } from '../senders/breaker.ts'
import { deleteSession } from './manage.ts'
import { newSession, settingsChange } from './row.ts'
import { assertSenderFree } from './rules.ts'
import { readSettings, type GivenSettings, type ReadSettings } from './settings.ts'
import { forgetSession } from '../senders/lookup.ts'
import { providerWith, shorthandSessionName } from '../senders/providers.ts'
import { verifyCredentials, type VerifiedCredentials } from './verify.ts'

// The shorthand for accounts with one number: the session named "default" of the provider that has the shorthand.

/**
 * Connects the account's Cloud session named "default" and makes it the account's default, or changes the
 * credentials that it has. One that was removed comes back with its id, which Meta's callback URL may name. Throws
 * `validation_failed` and `session_exists`.
 */
export async function saveCloudCredentials(
  ctx: Context,
  account: Account,
  credentials: GivenSettings,
): Promise<LiveSession> {
  const read = readSettings(ctx, shorthandProvider(ctx), credentials)
  const session = await changeSessions(ctx.db, account.id, async (tx) => {
    const live = await liveSessions(tx, account.id)
    const known = live.find(({ name }) => name === shorthandSessionName)
    assertSenderFree(
      live.filter((one) => one !== known),
      read.senderId,
    )
    if (known === undefined) return connect(ctx, tx, account.id, read)
    assertOfShorthand(ctx, known)
    return updateSession(tx, known, { ...settingsChange(ctx, known, read), updatedAt: ctx.clock.now() })
  })
  const saved = await retrySoon(ctx, session)
  forgetSession(ctx, saved)
  return saved
}

async function connect(ctx: Context, tx: Tx, accountId: string, read: ReadSettings): Promise<LiveSession> {
  const provider = shorthandProvider(ctx)
  await clearDefault(tx, accountId)
  const removed = await findRemovedSession(tx, accountId, shorthandSessionName)
  if (removed?.provider === provider) {
    const change = settingsChange(ctx, removed, read)
    return updateSession(tx, removed, { ...change, isDefault: true, updatedAt: ctx.clock.now() })
  }
  const facts = {
    name: shorthandSessionName,
    provider,
    isDefault: true,
    ratePerSecond: null,
    onUnknown: null,
  } as const
  return insertSession(tx, newSession(ctx, accountId, facts, read))
}

function shorthandProvider(ctx: Context): string {
  return providerWith(ctx, 'hasShorthand').id
}

function assertOfShorthand(ctx: Context, { provider: of, name }: LiveSession): void {
  if (of === shorthandProvider(ctx)) return
  throw new AppError('session_exists', `Your session "${name}" is of the provider ${of}.`, {
    remedy: { do: 'replace_sender' },
  })
}

/** Takes the credentials of the session "default" away. Throws `not_found` when there are none. */
export async function removeCloudCredentials(ctx: Context, accountId: string): Promise<void> {
  const session = await findCloudSession(ctx, accountId)
  if (session === null) throw new AppError('not_found', 'No credentials are saved for this account.')
  await deleteSession(ctx, accountId, session.id)
}

/**
 * Proves the credentials of the session "default" against Meta, and lets it go again if it was stopped. Throws
 * `credentials_missing`, `credentials_rejected` and `provider_unreachable`.
 */
export async function verifyCloudCredentials(ctx: Context, accountId: string): Promise<VerifiedCredentials> {
  const session = await findCloudSession(ctx, accountId)
  if (session !== null) return verifyCredentials(ctx, session)
  throw new AppError('credentials_missing', 'No credentials are saved.', {
    remedy: { do: 'save_credentials', again: false },
  })
}

async function findCloudSession(ctx: Context, accountId: string): Promise<LiveSession | null> {
  const session = await findSessionByName(ctx.db, accountId, shorthandSessionName)
  return session?.provider === shorthandProvider(ctx) ? session : null
}
