import type { Db, Statements } from '../../client.ts'

/** A record that is about to be written. */
export interface NewIdempotency {
  key: string
  /** SHA-256 in hex. */
  fingerprint: string
  response: unknown
  expiresAt: Date
}

/** The first answer. */
export interface IdempotencyRecord {
  fingerprint: Buffer
  statusCode: number
  response: unknown
}

/** The live record of a key, or null. */
export async function findIdempotency(
  db: Statements,
  accountId: string,
  key: string,
): Promise<IdempotencyRecord | null> {
  const [row] = await db.query<{ fingerprint: Buffer; status_code: number; response: unknown }>(
    'idempotency-find',
    `select fingerprint, status_code, response from idempotency_keys
      where account_id = $1 and key = $2 and expires_at > now()`,
    [accountId, key],
  )
  if (row === undefined) return null
  return { fingerprint: row.fingerprint, statusCode: row.status_code, response: row.response }
}

/** Deletes up to `limit` records whose time is over. */
export async function pruneIdempotency(db: Db, limit: number): Promise<void> {
  await db.query(
    'idempotency-prune',
    `delete from idempotency_keys where (account_id, key) in (
       select account_id, key from idempotency_keys where expires_at < now() limit $1 for update skip locked)`,
    [limit],
  )
}
