import type { Db } from './client.ts'

/** Rows of one table that are kept for an account. */
export interface KeptRows {
  table: string
  /** SQL: which of its rows, where `$1` is the account. */
  where: string
}

const ofMessages = 'in (select id from messages where account_id = $1)'
const ofSessions = 'in (select id from sessions where account_id = $1)'

/** The tables whose rows belong to an account by way of another table, and must go before that. */
const indirect: KeptRows[] = [
  { table: 'message_events', where: `message_id ${ofMessages}` },
  { table: 'provider_attempts', where: `message_id ${ofMessages}` },
  { table: 'callbacks', where: `session_id ${ofSessions}` },
  { table: 'device_chats', where: `session_id ${ofSessions}` },
  { table: 'paces', where: `key in (select id::text from sessions where account_id = $1)` },
]

/**
 * Everything that is stored for an account, in the order in which it can be deleted. Tables with an account of their own are
 * found by their column, so that one that comes later is not forgotten.
 */
export async function tablesOfAccount(db: Db): Promise<KeptRows[]> {
  const rows = await db.query<{ table: string }>(
    '',
    `select table_name as table from information_schema.columns
      where table_schema = current_schema() and column_name = 'account_id'
      order by table_name in ('messages', 'sessions'), table_name`,
    [],
  )
  const direct = rows.map(({ table }) => ({ table, where: 'account_id = $1' }))
  return [...indirect, ...direct]
}

/** Deletes up to `limit` such rows of an account, and returns how many there were. */
export async function deleteOfAccount(
  db: Db,
  { table, where }: KeptRows,
  { accountId, limit }: { accountId: string; limit: number },
): Promise<number> {
  const rows = await db.query(
    '',
    `delete from "${table}" where ctid = any (array(select ctid from "${table}" where ${where} limit $2)) returning 1`,
    [accountId, limit],
  )
  return rows.length
}

/** Deletes the row of an account itself. */
export async function deleteAccountRow(db: Db, accountId: string): Promise<void> {
  await db.query('', 'delete from accounts where id = $1', [accountId])
}
