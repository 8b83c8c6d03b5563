import type { Account } from '../../domain/account.ts'
import { guarded, type Db } from '../client.ts'

const columns = { id: true, name: true, email: true, plan: true, state: true, createdAt: true } as const

/** Writes a new account. */
export function insertAccount(db: Db, account: Account): Promise<Account> {
  return guarded(async () => toAccount(await db.prisma.account.create({ data: account, select: columns })))
}

/** The account, or null. */
export function findAccount(db: Db, id: string): Promise<Account | null> {
  return guarded(async () => {
    const row = await db.prisma.account.findUnique({ where: { id }, select: columns })
    return row === null ? null : toAccount(row)
  })
}

function toAccount(row: Omit<Account, 'plan' | 'state'> & { plan: string; state: string }): Account {
  return { ...row, state: row.state === 'active' ? 'active' : 'deactivated' }
}
