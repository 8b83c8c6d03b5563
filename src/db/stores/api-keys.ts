import type { Account, ApiKey, Caller, KeyMode, KeyScope } from '../../domain/account.ts'
import { arrayOf } from '../array.ts'
import type { Db } from '../client.ts'

/** Writes a new key; `hash` is the SHA-256 of the secret. */
export async function insertApiKey(db: Db, key: ApiKey & { hash: Buffer }): Promise<void> {
  await db.query(
    'api-key-insert',
    `insert into api_keys (id, account_id, name, mode, hash, hint, scopes, expires_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [key.id, key.accountId, key.name, key.mode, key.hash, key.hint, key.scopes, key.expiresAt, key.createdAt],
  )
}

interface CallerRow {
  hash: string
  id: string
  account_id: string
  name: string
  mode: KeyMode
  hint: string
  scopes: KeyScope[]
  expires_at: Date | null
  created_at: Date
  account_name: string
  email: string
  plan: string
  state: Account['state']
  account_created_at: Date
}

/** The keys with these hashes and their accounts, by hash in hex; those that are revoked are left out. */
export async function findCallers(db: Db, hashes: string[]): Promise<Map<string, Caller>> {
  const rows = await db.query<CallerRow>(
    'api-keys-find',
    `select encode(k.hash, 'hex') as hash, k.id, k.account_id, k.name, k.mode, k.hint, k.scopes, k.expires_at, k.created_at,
            a.name as account_name, a.email, a.plan, a.state, a.created_at as account_created_at
       from api_keys k join accounts a on a.id = k.account_id
      where k.hash = any($1::bytea[]) and k.revoked_at is null`,
    [arrayOf(hashes.map((hash) => `\\x${hash}`))],
  )
  return new Map(rows.map((row) => [row.hash, toCaller(row)]))
}

function toCaller(row: CallerRow): Caller {
  return {
    account: {
      id: row.account_id,
      name: row.account_name,
      email: row.email,
      plan: row.plan,
      state: row.state,
      createdAt: row.account_created_at,
    },
    key: {
      id: row.id,
      accountId: row.account_id,
      name: row.name,
      mode: row.mode,
      hint: row.hint,
      scopes: row.scopes,
      expiresAt: row.expires_at,
      createdAt: row.created_at,
    },
  }
}
