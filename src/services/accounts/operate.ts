import type { Context } from '../../context.ts'
import {
  listAccounts,
  setAccountPlan,
  setAccountState,
  type AccountRow,
} from '../../db/stores/accounts/accounts.ts'
import { deleteAccountRow, deleteOfAccount, tablesOfAccount, type KeptRows } from '../../db/erase-account.ts'
import type { Account } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import type { PlanName } from '../../domain/accounts/plan.ts'
import { isUuid } from '../../kit/id.ts'

export type { AccountRow } from '../../db/stores/accounts/accounts.ts'

/** The operator's acts on accounts. No route of the API leads to them. */

/** A page of all accounts, the oldest first; `after` is the last id of the page before. */
export function findAccounts(
  ctx: Context,
  page: { after: string | null; limit: number },
): Promise<AccountRow[]> {
  return listAccounts(ctx.db, page)
}

/**
 * Lets an account in, or locks it out: its keys are refused at once, in every process. What it sent before still goes
 * out. Throws `not_found`.
 */
export async function switchAccount(ctx: Context, id: string, state: Account['state']): Promise<AccountRow> {
  return found(id, isUuid(id) ? await setAccountState(ctx.db, id, state) : null)
}

/**
 * Gives an account a plan, for good: one that is paid for through Stripe gives way to it, and does not come back when
 * the subscription changes or ends. Throws `not_found`.
 */
export async function assignPlan(ctx: Context, id: string, plan: PlanName): Promise<AccountRow> {
  return found(id, isUuid(id) ? await setAccountPlan(ctx.db, id, plan) : null)
}

/** Throws `not_found`. */
export async function assertAccount(ctx: Context, id: string): Promise<void> {
  if (isUuid(id) && (await listAccounts(ctx.db, { only: id, after: null, limit: 1 })).length > 0) return
  found(id, null)
}

/** Rows of one table that are deleted at once. */
const erasedAtOnce = 5_000

/**
 * Deletes an account and everything that is stored for it. Its keys are refused first, and its messages that wait go to
 * nobody any more; what is on its way to a provider at this moment may still arrive. May be run again when it was cut
 * short. Callbacks that the operator's own app received for several accounts go with their retention. Throws `not_found`.
 */
export async function eraseAccount(ctx: Context, id: string): Promise<{ rows: number }> {
  await switchAccount(ctx, id, 'deactivated')
  const tables = await tablesOfAccount(ctx.db)
  let rows = 0
  // A worker may write what it had in hand; the last round finds nothing any more.
  for (let found = -1; found !== 0; rows += found) {
    found = 0
    for (const table of tables) found += await eraseRows(ctx, table, id)
  }
  await deleteAccountRow(ctx.db, id)
  return { rows: rows + 1 }
}

/** Deletes the rows of one table, in batches that hold nobody up. Returns how many there were. */
async function eraseRows(ctx: Context, table: KeptRows, accountId: string): Promise<number> {
  let rows = 0
  for (;;) {
    const count = await deleteOfAccount(ctx.db, table, { accountId, limit: erasedAtOnce })
    rows += count
    if (count < erasedAtOnce) return rows
  }
}

function found(id: string, account: AccountRow | null): AccountRow {
  if (account !== null) return account
  throw new AppError('not_found', `There is no account ${id}.`)
}
