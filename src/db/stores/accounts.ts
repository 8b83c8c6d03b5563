import type { Account } from '../../domain/account.ts'
import { guarded, type Db } from '../client.ts'

const columns = { id: true, name: true, email: true, plan: true, state: true, createdAt: true } as const

/** Writes a new account. */
export function insertAccount(db: Db, account: Account): Promise<Account> {
  return guarded(async () => toAccount(await db.prisma.account.create({ data: account, select: columns })))
}

function toAccount(row: Omit<Account, 'plan' | 'state'> & { plan: string; state: string }): Account {
  return { ...row, state: row.state === 'active' ? 'active' : 'deactivated' }
}
