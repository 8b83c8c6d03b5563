import type { z } from 'zod'
import type { ApiKey } from '../../../../domain/accounts/account.ts'
import type { listKeysAnswer } from './schema.ts'

type KeyView = z.input<typeof listKeysAnswer>['data'][number]

/** A key as its owner sees it: never the secret. */
export function presentKey(key: ApiKey): KeyView {
  return {
    id: key.id,
    name: key.name,
    mode: key.mode,
    hint: key.hint,
    scopes: key.scopes,
    allowedCidrs: key.allowedCidrs,
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    createdAt: key.createdAt.toISOString(),
  }
}
