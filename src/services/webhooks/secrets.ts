import { z } from 'zod'
import type { Context } from '../../context.ts'
import type { CustomHeader, OldSecret } from '../../domain/webhooks/endpoint.ts'

/** The encrypted columns of an endpoint's row. */
export interface EncryptedEndpoint {
  accountId: string
  secret: string
  oldSecrets: OldSecret[]
  headers: string | null
}

/** The purpose that binds the encrypted columns of an account's webhook endpoints to it: secrets, old secrets and headers. */
export function webhookSecretPurpose(accountId: string): string {
  return `webhook:${accountId}`
}

/**
 * The secrets that sign a delivery at an instant: the present one, then those that were rotated away and are still
 * in their time, the latest first. Throws when no key opens one of them.
 */
export function liveSecrets(ctx: Context, endpoint: EncryptedEndpoint, now: Date): string[] {
  const live = unexpired(endpoint.oldSecrets, now)
  const purpose = webhookSecretPurpose(endpoint.accountId)
  return [endpoint.secret, ...live.map(({ secret }) => secret)].map((encrypted) =>
    ctx.encrypter.decrypt(encrypted, purpose),
  )
}

/** Those secrets whose time is not over, the latest to expire first. */
export function unexpired(secrets: OldSecret[], now: Date): OldSecret[] {
  return secrets
    .filter(({ expiresAt }) => expiresAt > now)
    .toSorted((one, other) => other.expiresAt.getTime() - one.expiresAt.getTime())
}

const headersShape = z.array(z.object({ name: z.string(), value: z.string(), secret: z.boolean() }))

/** The headers of the owner's own, in clear. Throws when no key opens them. */
export function openHeaders(
  ctx: Context,
  { accountId, headers }: Pick<EncryptedEndpoint, 'accountId' | 'headers'>,
): CustomHeader[] {
  if (headers === null) return []
  return headersShape.parse(JSON.parse(ctx.encrypter.decrypt(headers, webhookSecretPurpose(accountId))))
}

/** The headers of the owner's own as they go out with every delivery. Throws when no key opens them. */
export function customHeaders(
  ctx: Context,
  endpoint: Pick<EncryptedEndpoint, 'accountId' | 'headers'>,
): Record<string, string> {
  return Object.fromEntries(openHeaders(ctx, endpoint).map(({ name, value }) => [name, value]))
}

/** Encrypts headers for their row; null when there are none. */
export function encryptHeaders(ctx: Context, accountId: string, headers: CustomHeader[]): string | null {
  return headers.length === 0
    ? null
    : ctx.encrypter.encrypt(JSON.stringify(headers), webhookSecretPurpose(accountId))
}
