import { countShown } from '../../../domain/messages/status.ts'
import type { Db } from '../../client.ts'

/** A batch as its owner reads it. */
export interface BatchRecord {
  id: string
  total: number
  failedCount: number
  createdAt: Date
}

/** One batch of an account, or null. */
export async function findBatch(db: Db, accountId: string, id: string): Promise<BatchRecord | null> {
  const [row] = await db.query<BatchRecord>(
    'batch-find',
    `select id, total, failed_count as "failedCount", created_at as "createdAt"
       from batches where id = $1 and account_id = $2`,
    [id, accountId],
  )
  return row ?? null
}

/** How many messages of a batch stand where. A batch is small: its rows are counted. */
export async function countBatch(db: Db, accountId: string, id: string): Promise<Record<string, number>> {
  const rows = await db.query<{ status: string; count: string }>(
    'batch-count',
    'select status, count(*) as count from messages where batch_id = $1 and account_id = $2 group by status',
    [id, accountId],
  )
  return countShown(rows.map(({ status, count }) => [status, Number(count)]))
}
