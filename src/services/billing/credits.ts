import type { Context } from '../../context.ts'
import {
  chargeCredits,
  grantCredits,
  listCreditEntries,
  readBalance,
} from '../../db/stores/billing/credits.ts'
import type { SentBy } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import type { LiveSession } from '../../domain/sessions/session.ts'
import {
  creditsPerMessage,
  creditsPerPairing,
  insufficientCredits,
  type CreditEntry,
  type CreditsMode,
} from '../../domain/billing/credits.ts'
import { newId } from '../../kit/id.ts'
import { pageOf } from '../../kit/page.ts'
import { traitsOf } from '../senders/providers.ts'

// The front door of the room: what a message costs, and the ledger of credits. The others: `subscriptions` sells plans,
// `packs` sells credits, `stripe-events` takes what Stripe reports of both, `customers` are the buyers, and `stripe` is
// the client of Stripe that they use.

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

/** The refusal of what an account cannot pay, with whether more can be bought. */
export function tooFewCredits(ctx: Context, { left, needed }: { left: number; needed: number }): AppError {
  return insufficientCredits({ left, needed, sold: ctx.config.creditPacks.length > 0 })
}

/** The credits that an account has left to spend; null where nothing costs any. */
export async function creditsLeft(ctx: Context, accountId: string): Promise<number | null> {
  return ctx.config.credits === 'off' ? null : readBalance(ctx.db, accountId)
}

/**
 * Takes the price of a pairing code through a session, for APIs where it has one. Throws `insufficient_credits`; then
 * nothing is taken.
 */
export async function chargePairing(ctx: Context, session: LiveSession, note: string): Promise<void> {
  const price = pairingPrice(ctx, session)
  if (price === 0) return
  const { accountId } = session
  const id = newId()
  const charge = { id, accountId, amount: price, reference: `pairing:${id}`, note }
  if (await chargeCredits(ctx.db, charge)) return
  throw tooFewCredits(ctx, { left: await readBalance(ctx.db, accountId), needed: price })
}

/** Throws `insufficient_credits` when an account cannot pay a pairing code. Takes nothing. */
export async function assertCanPayPairing(ctx: Context, sender: Payer): Promise<void> {
  const needed = pairingPrice(ctx, sender)
  const left = needed === 0 ? 0 : await readBalance(ctx.db, sender.accountId)
  if (left < needed) throw tooFewCredits(ctx, { left, needed })
}

/** An account, and the provider of the sender that it pays for. */
type Payer = Pick<LiveSession, 'accountId' | 'provider'>

function pairingPrice(ctx: Context, session: Payer): number {
  return ctx.config.credits !== 'off' && traitsOf(ctx, session).costsCredits ? creditsPerPairing : 0
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
