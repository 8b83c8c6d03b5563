import type { Context } from '../../context.ts'
import { deleteEndpoint, upsertDefaultEndpoint } from '../../db/stores/webhooks/endpoints.ts'
import { AppError } from '../../domain/app-error.ts'
import { newId } from '../../kit/id.ts'
import { newWebhookSecret } from '../../kit/crypto/standard-webhooks.ts'
import { webhookSecretPurpose } from './secrets.ts'
import { assertReachable } from './public-url.ts'

/**
 * Sets the account's one webhook URL and gives it a new signing secret, which is shown here and nowhere else.
 * Throws `validation_failed` for a URL that must not be reached.
 */
export async function setWebhook(
  ctx: Context,
  { accountId, url }: { accountId: string; url: string },
): Promise<{ url: string; secret: string }> {
  await assertReachable(ctx, url)
  const secret = newWebhookSecret()
  await upsertDefaultEndpoint(ctx.db, {
    id: newId(),
    accountId,
    url,
    secret: ctx.encrypter.encrypt(secret, webhookSecretPurpose(accountId)),
    createdAt: ctx.clock.now(),
  })
  return { url, secret }
}

/** Removes the account's webhook URL; what was on its way to it is canceled. Throws `not_found`. */
export async function removeWebhook(ctx: Context, accountId: string): Promise<void> {
  if (!(await deleteEndpoint(ctx.db, accountId, 'default'))) {
    throw new AppError('not_found', 'No webhook URL is set for this account.')
  }
}
