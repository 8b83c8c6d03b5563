import type { Context } from '../../context.ts'
import { inTransaction } from '../../db/client.ts'
import { insertAccount } from '../../db/stores/accounts/accounts.ts'
import { insertFirstApiKey } from '../../db/stores/accounts/api-keys.ts'
import { countByStatus } from '../../db/stores/analytics/counters.ts'
import { insertStartCredits, readBalance } from '../../db/stores/billing/credits.ts'
import { countSessions } from '../../db/stores/sessions/read.ts'
import { findDefaultEndpoint } from '../../db/stores/webhooks/endpoints.ts'
import type { Account, KeyMode } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import type { PlanName } from '../../domain/accounts/plan.ts'
import { insertSession } from '../../db/stores/sessions/write.ts'
import { safeEqual, sha256 } from '../../kit/crypto/hash.ts'
import { newId } from '../../kit/id.ts'
import { newApiKey } from './api-keys.ts'
import { providerWith } from '../senders/providers.ts'
import { playgroundSession } from '../sessions/manage.ts'

// The front door of the room: makes an account with its first key. The others: `api-keys` makes, checks and revokes
// keys, `key-uses` counts their uses, `rate-limits` counts requests and messages of a plan, `operate` is what the operator does with accounts.

export interface Registration {
  name: string
  email: string
  mode?: KeyMode
}

/** A new account, its plan, and the key that is shown once. */
export interface NewAccount {
  account: Account
  secret: string
}

/**
 * Opens an account for anybody who may register. `token` is the caller's, where registration needs one. Throws
 * `registration_closed`.
 */
export async function registerAccount(
  ctx: Context,
  registration: Registration,
  token: string | null,
): Promise<NewAccount> {
  assertRegistrationOpen(ctx, token)
  return openAccount(ctx, { ...registration, plan: ctx.config.registration.defaultPlan })
}

/** Opens an account with a key and a sandbox sender, in one transaction: a crash leaves no account without a key. */
export async function openAccount(
  ctx: Context,
  { name, email, plan, mode = 'live' }: Registration & { plan: PlanName },
): Promise<NewAccount> {
  const id = newId()
  const { key, secret } = newApiKey(ctx, { accountId: id, name: 'default', mode })
  const account = await inTransaction(ctx.db, async (tx) => {
    const written = await insertAccount(tx, {
      id,
      name,
      email,
      plan,
      state: 'active',
      createdAt: ctx.clock.now(),
    })
    await insertSession(tx, playgroundSession(ctx, id))
    const amount = ctx.config.creditsStart
    if (amount > 0) await insertStartCredits(tx, { id: newId(), accountId: id, amount })
    await insertFirstApiKey(tx, { ...key, hash: sha256(secret) })
    return written
  })
  return { account, secret }
}

function assertRegistrationOpen(ctx: Context, token: string | null): void {
  const { mode, token: expected } = ctx.config.registration
  if (mode === 'open') return
  if (mode === 'token' && expected !== null && token !== null && safeEqual(token, expected)) return
  throw new AppError(
    'registration_closed',
    mode === 'token'
      ? 'Registration needs the token of this installation in the X-Registration-Token header.'
      : 'Registration is closed on this installation: ask its operator for an account.',
  )
}

/** An account as its owner sees it. */
export interface AccountOverview {
  account: Account
  messagesSent: number
  byocConfigured: boolean
  webhookUrl: string | null
  /** The balance, whether or not credits are enforced. */
  credits: number
}

/** The statuses of messages that a provider took. */
const handedOver = ['sent', 'delivered', 'read']

/** The overview of an account for its owner. */
export async function describeAccount(ctx: Context, account: Account): Promise<AccountOverview> {
  const [counts, cloudSessions, endpoint, credits] = await Promise.all([
    countByStatus(ctx.db, { accountId: account.id, dryRuns: 'out' }),
    countSessions(ctx.db, account.id, providerWith(ctx, 'hasShorthand').id),
    findDefaultEndpoint(ctx.db, account.id),
    readBalance(ctx.db, account.id),
  ])
  return {
    account,
    messagesSent: handedOver.reduce((sum, status) => sum + (counts.get(status) ?? 0), 0),
    byocConfigured: cloudSessions > 0,
    webhookUrl: endpoint?.url ?? null,
    credits,
  }
}
