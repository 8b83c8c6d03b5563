import type { Db } from '../../client.ts'

/** Keeps when a customer's message was first marked as read, and tells it; null when there is no such message. */
export async function markInboundRead(db: Db, accountId: string, id: string): Promise<Date | null> {
  const [row] = await db.query<{ readAt: Date }>(
    'message-mark-read',
    `update messages set read_at = coalesce(read_at, now())
      where id = $1 and account_id = $2 and direction = 'inbound'
      returning read_at as "readAt"`,
    [id, accountId],
  )
  return row?.readAt ?? null
}
