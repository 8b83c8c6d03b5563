import { randomBytes } from 'node:crypto'
import { perContext, type Context } from '../../context.ts'
import {
  findCallers,
  insertApiKey,
  insertApiKeyUpTo,
  listApiKeys,
  replaceApiKey,
  revokeApiKey,
} from '../../db/stores/accounts/api-keys.ts'
import type { ApiKey, Caller, KeyMode, KeyScope } from '../../domain/accounts/account.ts'
import { keyScopes } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'
import { createCache } from '../../kit/cache.ts'
import { isInCidrs } from '../../kit/net/cidr.ts'
import { sha256 } from '../../kit/crypto/hash.ts'
import { newId } from '../../kit/id.ts'
import { refuseWhenFull } from '../common/overload.ts'
import { countUse, writeUses } from './key-uses.ts'

/**
 * Looks keys up for every request, so that a revoked key is refused at once in every process; requests that come
 * together share one query.
 */
const lookups = perContext((ctx: Context) =>
  createBatcher<string, Caller | null>({
    itemsMax: 512,
    lanes: 2,
    waitingMax: 4_096,
    async run(hashes) {
      const found = await findCallers(ctx.db, [...new Set(hashes)])
      return hashes.map((hash) => ({ status: 'fulfilled', value: found.get(hash) ?? null }))
    },
  }),
)

/** How long a caller is cached where the statement that writes verifies the key again. */
const recentMs = 5_000

const recent = perContext((ctx: Context) =>
  createCache<Caller | null>({
    ttlMs: recentMs,
    entriesMax: 10_000,
    load: (hash) => lookups(ctx).add(hash),
  }),
)

export interface NewKey {
  accountId: string
  name: string
  description?: string | null
  mode: KeyMode
  scopes?: KeyScope[]
  expiresAt?: Date | null
  allowedCidrs?: string[] | null
}

/** The mode of a key that a caller makes: their own where none is named. Throws `forbidden` for a live key of a test key. */
export function modeOfNewKey({ key }: Caller, wanted: KeyMode = key.mode): KeyMode {
  if (key.mode === 'live' || wanted === 'test') return wanted
  throw new AppError('forbidden', 'A test key makes test keys only. Make a live key with a live one.')
}

/** Makes a key and returns it with its secret, which is shown once and kept only as a hash. */
export async function createApiKey(ctx: Context, wanted: NewKey): Promise<{ key: ApiKey; secret: string }> {
  const made = newApiKey(ctx, wanted)
  await insertApiKey(ctx.db, { ...made.key, hash: sha256(made.secret) })
  return made
}

/** The same, unless the account has `max` keys that still let in: null then. */
export async function createApiKeyUpTo(
  ctx: Context,
  wanted: NewKey,
  max: number,
): Promise<{ key: ApiKey; secret: string } | null> {
  const made = newApiKey(ctx, wanted)
  return (await insertApiKeyUpTo(ctx.db, { ...made.key, hash: sha256(made.secret) }, max)) ? made : null
}

/**
 * Makes a key like the caller's in its place; the old one is refused from then on, in every process. Throws
 * `invalid_api_key` when it was replaced or revoked meanwhile.
 */
export async function rotateApiKey(ctx: Context, { key }: Caller): Promise<{ key: ApiKey; secret: string }> {
  const made = newApiKey(ctx, key)
  const replaced = await replaceApiKey(ctx.db, { ...made.key, hash: sha256(made.secret) }, key.id)
  if (!replaced) throw invalidKey()
  return made
}

/** A new key and its secret, not written yet. */
export function newApiKey(ctx: Context, wanted: NewKey): { key: ApiKey; secret: string } {
  const secret = `sk_${wanted.mode}_${randomBytes(24).toString('hex')}`
  const key: ApiKey = {
    id: newId(),
    accountId: wanted.accountId,
    name: wanted.name,
    description: wanted.description ?? null,
    mode: wanted.mode,
    hint: `${secret.slice(0, 11)}…${secret.slice(-4)}`,
    scopes: wanted.scopes ?? [...keyScopes],
    allowedCidrs: wanted.allowedCidrs ?? null,
    expiresAt: wanted.expiresAt ?? null,
    lastUsedAt: null,
    requestCount: 0,
    createdAt: ctx.clock.now(),
  }
  return { key, secret }
}

/** An account's keys, without their secrets. What this process has counted of their uses is counted in. */
export async function findApiKeys(ctx: Context, accountId: string): Promise<ApiKey[]> {
  await writeUses(ctx)
  return listApiKeys(ctx.db, accountId)
}

/** Ends a key of an account at once, in every process. Throws `not_found`. */
export async function endApiKey(ctx: Context, accountId: string, id: string): Promise<void> {
  if (!(await revokeApiKey(ctx.db, { accountId, id, at: ctx.clock.now() }))) {
    throw new AppError('not_found', 'There is no such key in your account.')
  }
}

const keyShape = /^sk_(live|test)_[0-9a-f]{48}$/

/**
 * The account and key behind a secret. With `verifyAtWrite` the answer may be a few seconds old: the request verifies the
 * key again by the statement that it writes with (see `acceptMessage`). Throws `invalid_api_key` and `unavailable`.
 */
export async function authenticate(
  ctx: Context,
  { secret, verifyAtWrite }: { secret: string; verifyAtWrite: boolean },
): Promise<Caller> {
  if (!keyShape.test(secret)) throw invalidKey()
  const hash = sha256(secret).toString('hex')
  const caller = await (verifyAtWrite ? believed(ctx, hash) : lookups(ctx).add(hash)).catch(refuseWhenFull)
  if (caller === null) throw invalidKey()
  const { expiresAt, id } = caller.key
  if (expiresAt !== null && expiresAt <= ctx.clock.now()) throw invalidKey()
  countUse(ctx, id)
  return caller
}

/** Why a caller may ask for nothing from this address: `account_deactivated` or `forbidden`; null when it may. */
export function refusalOf({ account, key }: Caller, address: string): AppError | null {
  if (account.state !== 'active') return deactivated()
  if (key.allowedCidrs === null || isInCidrs(address, key.allowedCidrs)) return null
  return new AppError('forbidden', `This key may not be used from ${address}.`)
}

/** As the caller was a few seconds ago, unless its account was deactivated then: it may be let in again by now. */
async function believed(ctx: Context, hash: string): Promise<Caller | null> {
  const caller = await recent(ctx).get(hash)
  if (caller === null || caller.account.state === 'active') return caller
  recent(ctx).forget(hash)
  return lookups(ctx).add(hash)
}

/** The refusal for a cached caller whose key turned out to be revoked when its request was written. */
export async function refusalAtWriting(ctx: Context, { hash }: Caller): Promise<AppError> {
  recent(ctx).forget(hash)
  const present = await lookups(ctx).add(hash).catch(refuseWhenFull)
  return present === null || present.account.state === 'active' ? invalidKey() : deactivated()
}

function deactivated(): AppError {
  return new AppError('account_deactivated', 'Your account has been deactivated.')
}

/** Throws `forbidden` when the key was not made for this kind of request. */
export function assertScope({ key }: Caller, scope: KeyScope): void {
  if (key.scopes.includes(scope)) return
  throw new AppError(
    'forbidden',
    `This needs a key with the scope "${scope}"; yours has: ${key.scopes.join(', ')}.`,
  )
}

function invalidKey(): AppError {
  return new AppError('invalid_api_key', 'Invalid API key.')
}
