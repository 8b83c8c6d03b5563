import type { Context } from '../../context.ts'
import { unavailable } from '../../db/client.ts'
import { findEndpoint, replaceSecret } from '../../db/stores/webhooks/endpoints.ts'
import { invalidRequest } from '../../domain/app-error.ts'
import type { OldSecret, WebhookEndpoint } from '../../domain/webhooks/endpoint.ts'
import { after } from '../../kit/clock.ts'
import { formatNamed } from '../../domain/webhooks/formats/index.ts'
import {
  getEndpoint,
  noSuchEndpoint,
  scopeOf,
  type EndpointOverview,
  type EndpointPlace,
} from './endpoints.ts'
import { unexpired, webhookSecretPurpose } from './secrets.ts'

/** Each adds a signature to every delivery, and receivers try them all. */
const oldSecretsMax = 10
/** Rotations at once each win in their turn. */
const roundsMax = 20

export interface Rotation extends EndpointPlace {
  id: string
  /** How long the secret of now signs beside the new one; 0: not at all. */
  gracePeriodSeconds: number
  /** The owner's own; a new one if absent. */
  secret?: string
}

/**
 * Gives an endpoint another secret, while the one of now goes on signing for a while. Throws `not_found` and
 * `validation_failed` (too many old secrets, or the very secret that it has).
 */
export async function rotateSecret(
  ctx: Context,
  {
    accountId,
    format,
    id,
    gracePeriodSeconds,
    secret = formatNamed(format ?? 'standard').newSecret(),
  }: Rotation,
): Promise<EndpointOverview & { secret: string }> {
  const place = { accountId, ...(format !== undefined && { format }) }
  const encrypted = ctx.encrypter.encrypt(secret, webhookSecretPurpose(accountId))
  for (let round = 0; round < roundsMax; round += 1) {
    const endpoint = await findEndpoint(ctx.db, scopeOf(place), id)
    if (endpoint === null) throw noSuchEndpoint()
    const current = readable(ctx, endpoint)
    if (current === secret) {
      throw invalidRequest([{ path: 'secret', message: 'is the secret that the endpoint has already' }])
    }
    const at = ctx.clock.now()
    const kept = unexpired(endpoint.oldSecrets, at)
    // A secret that no key opens any more cannot sign.
    if (current !== null && gracePeriodSeconds > 0) {
      assertRoom(kept)
      kept.unshift({ secret: endpoint.secret, expiresAt: after(at, gracePeriodSeconds * 1_000) })
    }
    const next = { id, accountId, secret: encrypted, oldSecrets: kept }
    if (await replaceSecret(ctx.db, next, { was: endpoint.secret, at })) {
      return { ...(await getEndpoint(ctx, place, id)), secret }
    }
  }
  throw unavailable(new Error(`the secret of endpoint ${id} kept changing while it was rotated`))
}

function assertRoom(kept: OldSecret[]): void {
  const next = kept.at(-1)
  if (kept.length < oldSecretsMax || next === undefined) return
  throw invalidRequest([
    {
      path: 'gracePeriodSeconds',
      message:
        `${oldSecretsMax} old secrets still sign, which is the most; the next one expires at ` +
        `${next.expiresAt.toISOString()}. Rotate then, or with a gracePeriodSeconds of 0`,
    },
  ])
}

function readable(ctx: Context, { accountId, secret }: WebhookEndpoint): string | null {
  try {
    return ctx.encrypter.decrypt(secret, webhookSecretPurpose(accountId))
  } catch {
    return null
  }
}
