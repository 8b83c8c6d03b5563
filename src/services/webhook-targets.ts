import type { Context } from '../context.ts'
import { AppError, type ErrorDetail } from '../domain/app-error.ts'
import { ForbiddenTargetError } from '../kit/outbound-guard.ts'

/** Throws `validation_failed` for a URL that must not be reached, and says why. */
export async function assertReachable(ctx: Context, url: string): Promise<void> {
  try {
    await ctx.guard.vet(url)
  } catch (error) {
    if (!(error instanceof ForbiddenTargetError)) throw error
    throw invalid([{ path: 'body.url', message: error.message }], 'The webhook URL cannot be used.')
  }
}

/** The refusal of a request for what these fields say. */
export function invalid(details: ErrorDetail[], message = 'The request is not valid.'): AppError {
  return new AppError('validation_failed', message, { details })
}
