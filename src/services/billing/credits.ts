import type { Context } from '../../context.ts'
import { grantCredits, listCreditEntries, readBalance } from '../../db/stores/billing/credits.ts'
import type { SentBy } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import { creditsPerMessage, type CreditEntry, type CreditsMode } from '../../domain/billing/credits.ts'
import { newId } from '../../kit/id.ts'
import { pageOf } from '../../kit/page.ts'
import { traitsOf } from '../senders/providers.ts'

// The front door of the room: what a message costs, and the ledger of credits. The others: `subscriptions` sells plans,
// `stripe` is the client of Stripe that they use.

export type { CreditEntry } from '../../domain/billing/credits.ts'

/** The price of a message in credits: none for tests and dry runs. */
export function priceOf(
  ctx: Context,
  { caller, session, dryRun }: { caller: SentBy; session: LiveSession; dryRun: boolean },
): number {
  return dryRun || caller.key.mode === 'test' ? 0 : priceThrough(ctx, session)
}

/** The price of a message through a session in credits: none unless credits are enforced, and none in a playground. */
export function priceThrough(ctx: Context, session: LiveSession): number {
  return ctx.config.credits !== 'off' && traitsOf(ctx, session).costsCredits ? creditsPerMessage : 0
}

/** An account's balance and a page of its ledger. */
export interface CreditsOverview {
  balance: number
  mode: CreditsMode
  entries: CreditEntry[]
  limit: number
  nextCursor: string | null
}

/** The balance of an account and a page of its ledger, the newest first. `cursor` is the one of the page before. */
export async function describeCredits(
  ctx: Context,
  accountId: string,
  { cursor, limit }: { cursor: number | null; limit: number },
): Promise<CreditsOverview> {
  const [balance, found] = await Promise.all([
    readBalance(ctx.db, accountId),
    listCreditEntries(ctx.db, { accountId, before: cursor, limit: limit + 1 }),
  ])
  const { rows: entries, nextCursor } = pageOf(found, limit, ({ seq }) => String(seq))
  return { balance, mode: ctx.config.credits, entries, limit, nextCursor }
}

/**
 * Gives an account credits. With a `reference` the same grant is given once, however often it is asked for. Throws
 * `not_found` when there is no such account.
 */
export async function topUpCredits(
  ctx: Context,
  {
    accountId,
    amount,
    note,
    reference,
  }: { accountId: string; amount: number; note: string | null; reference: string | null },
): Promise<{ balance: number; granted: boolean }> {
  const id = newId()
  const grant = { id, accountId, amount, note, reference: `grant:${reference ?? id}` }
  const granted = await grantCredits(ctx.db, grant)
  if (granted !== null) return { ...granted, granted: true }
  if (reference === null) throw new AppError('not_found', `There is no account ${accountId}.`)
  return { balance: await readBalance(ctx.db, accountId), granted: false }
}
