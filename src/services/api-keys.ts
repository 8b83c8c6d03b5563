import { randomBytes } from 'node:crypto'
import { perContext, type Context } from '../context.ts'
import { findCallers, insertApiKey } from '../db/stores/api-keys.ts'
import type { ApiKey, Caller, KeyMode } from '../domain/account.ts'
import { keyScopes } from '../domain/account.ts'
import { AppError } from '../domain/app-error.ts'
import { createBatcher } from '../kit/batcher.ts'
import { sha256 } from '../kit/hash.ts'
import { newId } from '../kit/id.ts'
import { refuseWhenFull } from './backpressure.ts'

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

/** Makes a key and returns it with its secret, which is shown once and kept only as a hash. */
export async function createApiKey(
  ctx: Context,
  { accountId, name, mode }: { accountId: string; name: string; mode: KeyMode },
): Promise<{ key: ApiKey; secret: string }> {
  const secret = `sk_${mode}_${randomBytes(24).toString('hex')}`
  const key: ApiKey = {
    id: newId(),
    accountId,
    name,
    mode,
    hint: `${secret.slice(0, 11)}…${secret.slice(-4)}`,
    scopes: [...keyScopes],
    expiresAt: null,
    createdAt: ctx.clock.now(),
  }
  await insertApiKey(ctx.db, { ...key, hash: sha256(secret) })
  return { key, secret }
}

const keyShape = /^sk_(live|test)_[0-9a-f]{48}$/

/** Who shows this key. Throws `invalid_api_key`, `account_deactivated` and `unavailable`. */
export async function authenticate(ctx: Context, secret: string): Promise<Caller> {
  if (!keyShape.test(secret)) throw invalidKey()
  const caller = await lookups(ctx).add(sha256(secret).toString('hex')).catch(refuseWhenFull)
  if (caller === null) throw invalidKey()
  if (caller.key.expiresAt !== null && caller.key.expiresAt <= ctx.clock.now()) throw invalidKey()
  if (caller.account.state !== 'active') {
    throw new AppError('account_deactivated', 'Your account has been deactivated.')
  }
  return caller
}

function invalidKey(): AppError {
  return new AppError('invalid_api_key', 'Invalid API key.')
}
