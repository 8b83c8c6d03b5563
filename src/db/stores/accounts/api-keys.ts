import type { Account, ApiKey, Caller, KeyMode, KeyScope, SentBy } from '../../../domain/accounts/account.ts'
import { arrayOf } from '../../array-literal.ts'
import type { Db, Tx } from '../../client.ts'

const insertColumns =
  'id, account_id, name, mode, hash, hint, scopes, allowed_cidrs, expires_at, created_at, description'
const insertParameters =
  '$1::uuid, $2::uuid, $3, $4, $5::bytea, $6, $7::text[], $8::text[], $9::timestamptz, $10::timestamptz, $11'

/** Writes a new key; `hash` is the SHA-256 of the secret. */
export async function insertApiKey(db: Db, key: ApiKey & { hash: Buffer }): Promise<void> {
  await db.query(
    'api-key-insert',
    `insert into api_keys (${insertColumns}) values (${insertParameters})`,
    insertValues(key),
  )
}

/** Writes the first key of an account, together with the account. */
export async function insertFirstApiKey(
  tx: Tx,
  { lastUsedAt: _, requestCount: _none, ...key }: ApiKey & { hash: Buffer },
): Promise<void> {
  await tx.apiKey.create({
    data: { ...key, hash: new Uint8Array(key.hash), allowedCidrs: key.allowedCidrs ?? [] },
  })
}

/** Writes a new key, unless its account has `max` that still let in; false then, however many are made at once. */
export function insertApiKeyUpTo(db: Db, key: ApiKey & { hash: Buffer }, max: number): Promise<boolean> {
  const { accountId } = key
  return db.lockedPrisma(`api-keys ${accountId}`, async (tx) => {
    const [live] = await tx.$queryRaw<{ count: number }[]>`
      select count(*)::int as count from api_keys
       where account_id = ${accountId}::uuid and revoked_at is null and coalesce(expires_at > now(), true)`
    if ((live?.count ?? 0) >= max) return false
    await insertFirstApiKey(tx, key)
    return true
  })
}

/** Writes a new key in the place of another one of its account; false when that one was revoked before. */
export async function replaceApiKey(
  db: Db,
  key: ApiKey & { hash: Buffer },
  replacedId: string,
): Promise<boolean> {
  const rows = await db.query<{ id: string }>(
    'api-key-replace',
    `with replaced as (
       update api_keys set revoked_at = $10 where id = $12 and account_id = $2 and revoked_at is null returning id
     )
     insert into api_keys (${insertColumns}) select ${insertParameters} from replaced returning id`,
    [...insertValues(key), replacedId],
  )
  return rows.length > 0
}

function insertValues(key: ApiKey & { hash: Buffer }): unknown[] {
  return [
    key.id,
    key.accountId,
    key.name,
    key.mode,
    key.hash,
    key.hint,
    key.scopes,
    key.allowedCidrs ?? [],
    key.expiresAt,
    key.createdAt,
    key.description,
  ]
}

interface KeyRow {
  id: string
  accountId: string
  name: string
  description: string | null
  mode: KeyMode
  hint: string
  scopes: KeyScope[]
  allowedCidrs: string[]
  expiresAt: Date | null
  lastUsedAt: Date | null
  requestCount: number
  createdAt: Date
}

const keyColumns = `k.id, k.account_id as "accountId", k.name, k.description, k.mode, k.hint, k.scopes,
  k.allowed_cidrs as "allowedCidrs", k.expires_at as "expiresAt", k.last_used_at as "lastUsedAt",
  k.request_count::float8 as "requestCount", k.created_at as "createdAt"`

/** An account's keys that are not revoked, the oldest first. */
export async function listApiKeys(db: Db, accountId: string): Promise<ApiKey[]> {
  const rows = await db.query<KeyRow>(
    'api-keys-list',
    `select ${keyColumns} from api_keys k where account_id = $1 and revoked_at is null order by id`,
    [accountId],
  )
  return rows.map(toKey)
}

/** Revokes a key of an account; false when there is none, or it was revoked before. */
export async function revokeApiKey(
  db: Db,
  { accountId, id, at }: { accountId: string; id: string; at: Date },
): Promise<boolean> {
  const rows = await db.query<{ id: string }>(
    'api-key-revoke',
    `update api_keys set revoked_at = $3 where id = $1 and account_id = $2 and revoked_at is null returning id`,
    [id, accountId, at],
  )
  return rows.length > 0
}

/** Adds to how often keys were used, by their ids, and records that they were. */
export async function addKeyUses(db: Db, counts: ReadonlyMap<string, number>): Promise<void> {
  await db.query(
    'api-keys-use',
    `with uses as materialized (
       select k.id, u.count from unnest($1::uuid[], $2::bigint[]) as u(id, count)
         join api_keys k on k.id = u.id order by k.id for no key update of k)
     update api_keys k set last_used_at = now(), request_count = k.request_count + u.count
       from uses u where k.id = u.id`,
    [[...counts.keys()], [...counts.values()]],
  )
}

interface CallerRow extends KeyRow {
  hash: string
  accountName: string
  email: string
  plan: string
  state: Account['state']
  accountCreatedAt: Date
}

/** The keys with these hashes and their accounts, by hash in hex; those that are revoked are left out. */
export async function findCallers(db: Db, hashes: string[]): Promise<Map<string, Caller>> {
  const rows = await db.query<CallerRow>(
    'api-keys-find',
    `select encode(k.hash, 'hex') as hash, ${keyColumns}, a.name as "accountName", a.email, a.plan, a.state,
            a.created_at as "accountCreatedAt"
       from api_keys k join accounts a on a.id = k.account_id
      where k.hash = any($1::bytea[]) and k.revoked_at is null`,
    [arrayOf(hashes.map((hash) => `\\x${hash}`))],
  )
  return new Map(rows.map((row) => [row.hash, toCaller(row)]))
}

function toCaller(row: CallerRow): Caller {
  return {
    account: {
      id: row.accountId,
      name: row.accountName,
      email: row.email,
      plan: row.plan,
      state: row.state,
      createdAt: row.accountCreatedAt,
    },
    key: toKey(row),
    hash: row.hash,
  }
}

/** Of an account in the same row only what is the key's. */
function toKey(row: KeyRow): ApiKey {
  return {
    id: row.id,
    accountId: row.accountId,
    name: row.name,
    description: row.description,
    mode: row.mode,
    hint: row.hint,
    scopes: row.scopes,
    allowedCidrs: row.allowedCidrs.length === 0 ? null : row.allowedCidrs,
    expiresAt: row.expiresAt,
    lastUsedAt: row.lastUsedAt,
    requestCount: row.requestCount,
    createdAt: row.createdAt,
  }
}

/** In whose name something is sent by a key that asked for it earlier; null when the key or its account is gone. */
export async function findSentBy(db: Db, keyId: string): Promise<SentBy | null> {
  const [row] = await db.query<{ id: string; name: string; plan: string; mode: ApiKey['mode'] }>(
    'api-key-sent-by',
    `select a.id, a.name, a.plan, k.mode from api_keys k join accounts a on a.id = k.account_id
      where k.id = $1 and k.revoked_at is null and a.state = 'active'`,
    [keyId],
  )
  if (row === undefined) return null
  const { id, name, plan, mode } = row
  return { account: { id, name, plan }, key: { id: keyId, mode } }
}
