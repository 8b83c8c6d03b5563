import type { FastifyReply } from 'fastify'
import type { Context } from '../../context.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import {
  countRequest,
  readStanding,
  standingOfNewKey,
  type RateStanding,
} from '../../services/accounts/rate-limits.ts'

/** Counts a request, puts the state of its key's limit into the headers, and refuses it when it is one too many. */
export async function limitRequests(ctx: Context, caller: Caller, reply: FastifyReply): Promise<void> {
  const standing = await countRequest(ctx, caller)
  writeStanding(reply, standing)
  if (standing.allowed) return
  throw new AppError(
    'rate_limited',
    `Your plan allows ${standing.limit} requests a minute. Wait ${standing.retryAfterSeconds} seconds.`,
    { retryAfterSeconds: standing.retryAfterSeconds },
  )
}

/** Puts the state of a key's limit into the headers of an answer that is not counted. */
export async function showStanding(ctx: Context, caller: Caller, reply: FastifyReply): Promise<void> {
  writeStanding(reply, await readStanding(ctx, caller))
}

/** The same of a key that was made just now. */
export function showNewStanding(ctx: Context, plan: string, reply: FastifyReply): void {
  writeStanding(reply, standingOfNewKey(ctx, plan))
}

function writeStanding(reply: FastifyReply, { limit, remaining, resetAt }: RateStanding): void {
  void reply.headers({
    'x-ratelimit-limit': limit,
    'x-ratelimit-remaining': remaining,
    'x-ratelimit-reset': resetAt,
  })
}
