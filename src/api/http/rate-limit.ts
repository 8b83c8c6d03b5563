import type { FastifyReply } from 'fastify'
import type { Context } from '../../context.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import { countRequest } from '../../services/accounts/rate-limits.ts'

/** Counts a request, puts the state of its key's limit into the headers, and refuses it when it is one too many. */
export async function limitRequests(ctx: Context, caller: Caller, reply: FastifyReply): Promise<void> {
  const standing = await countRequest(ctx, caller)
  if (standing === null) return
  void reply.headers({
    'x-ratelimit-limit': standing.limit,
    'x-ratelimit-remaining': standing.remaining,
    'x-ratelimit-reset': standing.resetAt,
  })
  if (standing.allowed) return
  throw new AppError(
    'rate_limited',
    `Your plan allows ${standing.limit} requests a minute. Wait ${standing.retryAfterSeconds} seconds.`,
    { retryAfterSeconds: standing.retryAfterSeconds },
  )
}
