import type { Context } from '../context.ts'
import { deleteDefaultEndpoint, upsertDefaultEndpoint } from '../db/stores/webhook-endpoints.ts'
import { AppError } from '../domain/app-error.ts'
import type { WebhookEndpoint } from '../domain/webhook.ts'
import { newId } from '../kit/id.ts'
import { ForbiddenTargetError } from '../kit/outbound-guard.ts'
import { newWebhookSecret } from '../kit/standard-webhooks.ts'

/** What binds a sealed webhook secret to its account. */
export function webhookSecretPurpose(accountId: string): string {
  return `webhook:${accountId}`
}

/**
 * Sets the account's one webhook URL and gives it a new signing secret, which is shown here and nowhere else.
 * Throws `validation_failed` for a URL that must not be reached.
 */
export async function setWebhook(
  ctx: Context,
  { accountId, url }: { accountId: string; url: string },
): Promise<{ endpoint: WebhookEndpoint; secret: string }> {
  await assertReachable(ctx, url)
  const secret = newWebhookSecret()
  const now = ctx.clock.now()
  const endpoint = await upsertDefaultEndpoint(ctx.db, {
    id: newId(),
    accountId,
    url,
    secret: ctx.sealer.seal(secret, webhookSecretPurpose(accountId)),
    enabled: true,
    isDefault: true,
    createdAt: now,
    updatedAt: now,
  })
  return { endpoint, secret }
}

/** Removes the account's webhook URL; what was on its way to it is canceled. Throws `not_found`. */
export async function removeWebhook(ctx: Context, accountId: string): Promise<void> {
  if (!(await deleteDefaultEndpoint(ctx.db, accountId))) {
    throw new AppError('not_found', 'No webhook URL is set for this account.')
  }
}

async function assertReachable(ctx: Context, url: string): Promise<void> {
  try {
    await ctx.guard.vet(url)
  } catch (error) {
    if (!(error instanceof ForbiddenTargetError)) throw error
    throw new AppError('validation_failed', 'The webhook URL cannot be used.', {
      details: [{ path: 'body.url', message: error.message }],
    })
  }
}
