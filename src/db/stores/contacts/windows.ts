import { arrayOf } from '../../array-literal.ts'
import type { Db } from '../../client.ts'

/** Whether any customer ever wrote to an account, to another of its senders than `except`. */
export async function hasInbound(db: Db, accountId: string, except: readonly string[]): Promise<boolean> {
  const [row] = await db.query<{ has: boolean }>(
    'windows-any',
    'select exists (select from contact_windows where account_id = $1 and session_id <> all ($2::uuid[])) as has',
    [accountId, arrayOf(except)],
  )
  return row?.has ?? false
}

/** When a customer last wrote to an account, or to one of its senders; null when they never did. */
export async function findLastInbound(
  db: Db,
  { accountId, address, sessionId }: { accountId: string; address: string; sessionId: string | null },
): Promise<Date | null> {
  const [row] = await db.query<{ at: Date | null }>(
    'windows-find',
    `select max(last_inbound_at) as at from contact_windows
      where account_id = $1 and address = $2 and ($3::uuid is null or session_id = $3)`,
    [accountId, address, sessionId],
  )
  return row?.at ?? null
}

/** A customer and the sender that is about to write to them. */
export interface Conversation {
  accountId: string
  address: string
  sessionId: string
}

/** When each customer last wrote to the sender beside them, in the order asked; null for those who never did. */
export async function findLastInbounds(db: Db, conversations: Conversation[]): Promise<(Date | null)[]> {
  const rows = await db.query<{ at: Date | null }>(
    'windows-find-all',
    `select w.last_inbound_at as at
       from unnest($1::uuid[], $2::text[], $3::uuid[]) with ordinality as c(account_id, address, session_id, n)
       left join contact_windows w using (account_id, address, session_id)
      order by c.n`,
    [
      conversations.map(({ accountId }) => accountId),
      conversations.map(({ address }) => address),
      conversations.map(({ sessionId }) => sessionId),
    ],
  )
  return rows.map(({ at }) => at)
}
