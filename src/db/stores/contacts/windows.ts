import { columnsOf } from '../../array-literal.ts'
import type { Db } from '../../client.ts'
import { stepsToPerson } from './aliases.ts'

/** Whether any customer of an account ever wrote to it. */
export async function hasInbound(db: Db, accountId: string): Promise<boolean> {
  const [row] = await db.query<{ has: boolean }>(
    'windows-any',
    'select exists (select from contact_windows where account_id = $1) as has',
    [accountId],
  )
  return row?.has ?? false
}

/**
 * When the customer who has one of these addresses last wrote to an account, or to one of its senders; null when they
 * never did.
 */
export async function findLastInbound(
  db: Db,
  { accountId, addresses, sessionId }: { accountId: string; addresses: string[]; sessionId: string | null },
): Promise<Date | null> {
  const [row] = await db.query<{ at: Date | null }>(
    'windows-find',
    `with asked as (
       select 1 as n, $1::uuid as account_id, $3::uuid as session_id, address from unnest($2::text[]) as x(address)
     ), ${stepsToPerson}
     select max(w.last_inbound_at) as at from person p join contact_windows w using (account_id, address)
      where p.session_id is null or w.session_id = p.session_id`,
    [accountId, addresses, sessionId],
  )
  return row?.at ?? null
}

/** A customer, by the addresses that they may have, and the sender that is about to write to them. */
export interface Conversation {
  accountId: string
  addresses: string[]
  sessionId: string
}

/** When each customer last wrote to the sender beside them, in the order asked; null for those who never did. */
export async function findLastInbounds(db: Db, conversations: Conversation[]): Promise<(Date | null)[]> {
  const asked = conversations.flatMap(({ addresses, ...rest }, n) =>
    addresses.map((address) => ({ n, address, ...rest })),
  )
  const rows = await db.query<{ n: number; at: Date }>(
    'windows-find-all',
    findAllSql,
    columnsOf(asked, [
      ({ n }) => n,
      ({ accountId }) => accountId,
      ({ address }) => address,
      ({ sessionId }) => sessionId,
    ]),
  )
  const times = new Map(rows.map(({ n, at }) => [n, at]))
  return conversations.map((_, n) => times.get(n) ?? null)
}

const findAllSql = `
with asked as (
  select * from unnest($1::int[], $2::uuid[], $3::text[], $4::uuid[]) as c(n, account_id, address, session_id)
), ${stepsToPerson}
select p.n, max(w.last_inbound_at) as at
  from person p join contact_windows w using (account_id, address, session_id)
 group by p.n`
