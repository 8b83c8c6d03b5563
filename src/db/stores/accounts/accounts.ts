import type { Account } from '../../../domain/accounts/account.ts'
import type { Db, Tx } from '../../client.ts'

const columns = { id: true, name: true, email: true, plan: true, state: true, createdAt: true } as const

/** Writes a new account. */
export async function insertAccount(tx: Tx, account: Account): Promise<Account> {
  return toAccount(await tx.account.create({ data: account, select: columns }))
}

function toAccount(row: Omit<Account, 'plan' | 'state'> & { plan: string; state: string }): Account {
  return { ...row, state: row.state === 'active' ? 'active' : 'deactivated' }
}

/** An account as the operator sees it. */
export interface AccountRow extends Account {
  credits: number
  /** Keys that are not revoked. */
  keys: number
}

const rowColumns = `a.id, a.name, a.email, a.plan, a.state, a.credits::float8 as credits,
  a.created_at as "createdAt",
  (select count(*)::int from api_keys k where k.account_id = a.id and k.revoked_at is null) as keys`

/** Accounts by id, the oldest first: for the operator. */
export function listAccounts(
  db: Db,
  { after, limit, only = null }: { after: string | null; limit: number; only?: string | null },
): Promise<AccountRow[]> {
  return db.query<AccountRow>(
    '',
    `select ${rowColumns} from accounts a
      where ($1::uuid is null or a.id > $1) and ($3::uuid is null or a.id = $3) order by a.id limit $2`,
    [after, limit, only],
  )
}

/** Lets an account in, or locks it out; null when there is none. */
export async function setAccountState(
  db: Db,
  id: string,
  state: Account['state'],
): Promise<AccountRow | null> {
  const [row] = await db.query<AccountRow>(
    '',
    `update accounts a set state = $2 where a.id = $1 returning ${rowColumns}`,
    [id, state],
  )
  return row ?? null
}

/** Gives an account a plan, also for the time after a subscription; null when there is none. */
export async function setAccountPlan(db: Db, id: string, plan: string): Promise<AccountRow | null> {
  const [row] = await db.query<AccountRow>(
    '',
    `with kept as (update billing_customers set plan_before = $2 where account_id = $1)
     update accounts a set plan = $2 where a.id = $1 returning ${rowColumns}`,
    [id, plan],
  )
  return row ?? null
}
