import type { Context } from '../../context.ts'
import { invalidRequest } from '../../domain/app-error.ts'
import { ForbiddenTargetError } from '../../kit/net/outbound-guard.ts'

/** Throws `validation_failed` for a URL that must not be reached, and says why. `field`: where it stood. */
export async function assertReachable(
  ctx: Context,
  url: string,
  field: 'url' | 'callbackUrl' = 'url',
): Promise<void> {
  try {
    await ctx.guard.vet(url)
  } catch (error) {
    if (!(error instanceof ForbiddenTargetError)) throw error
    throw invalidRequest([{ path: field, message: error.message }], 'The webhook URL cannot be used.')
  }
}
