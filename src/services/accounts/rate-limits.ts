import { perContext, type Context } from '../../context.ts'
import { isUnavailable } from '../../db/client.ts'
import type { Caller } from '../../domain/accounts/account.ts'
import { AppError } from '../../domain/app-error.ts'
import { planNamed } from '../../domain/accounts/plan.ts'
import { createBatcher } from '../../kit/concurrency/batcher.ts'
import { groupBy } from '../../kit/group.ts'

const minuteMs = 60_000
const dayMs = 24 * 3_600 * 1_000

interface Hit {
  key: string
  amount: number
  endsAt: Date
}

/** Hits that come together share one round trip; each gets the total as it stood after it. */
const hits = perContext((ctx: Context) =>
  createBatcher<Hit, number>({
    itemsMax: 512,
    lanes: 2,
    waitingMax: 4_096,
    async run(items) {
      const groups = [...groupBy(items, (item) => item.key).values()]
      const sums = groups.map((group) => ({
        key: group[0]?.key ?? '',
        endsAt: group[0]?.endsAt ?? new Date(),
        amount: group.reduce((sum, { amount }) => sum + amount, 0),
      }))
      const totals = await ctx.rates.add(sums)
      const running = new Map(sums.map(({ key, amount }, index) => [key, (totals[index] ?? 0) - amount]))
      return items.map(({ key, amount }) => {
        const total = (running.get(key) ?? 0) + amount
        running.set(key, total)
        return { status: 'fulfilled', value: total }
      })
    },
  }),
)

/** Where a caller stands in the present minute. */
export interface RateStanding {
  limit: number
  remaining: number
  /** When the window ends: seconds since 1970. */
  resetAt: number
  allowed: boolean
  retryAfterSeconds: number
}

/** The limit that is shown where there is none: clients want a number. */
const unlimited = 1_000_000_000

/**
 * Counts one request of a key against its plan's requests a minute. Where the counters cannot be reached it counts as the
 * first: a limiter that is down must not stop the service.
 */
export async function countRequest(ctx: Context, caller: Caller): Promise<RateStanding> {
  return standingAfter(ctx, caller, 1)
}

/** Where a key stands, without a request of its own. */
export function readStanding(ctx: Context, caller: Caller): Promise<RateStanding> {
  return standingAfter(ctx, caller, 0)
}

/** Where a key of a plan stands that was never used. */
export function standingOfNewKey(ctx: Context, plan: string): RateStanding {
  return standingAt(ctx, plan, 0)
}

async function standingAfter(ctx: Context, { account, key }: Caller, amount: number): Promise<RateStanding> {
  if (planNamed(account.plan).requestsPerMinute === null) return standingAt(ctx, account.plan, 0)
  const window = windowOf(ctx, minuteMs)
  const count = await countOrAllow(ctx, { key: `req:${key.id}:${window.name}`, amount, ...window })
  return standingAt(ctx, account.plan, count ?? amount)
}

function standingAt(ctx: Context, plan: string, count: number): RateStanding {
  const limit = planNamed(plan).requestsPerMinute ?? unlimited
  const { endsAt, secondsLeft } = windowOf(ctx, minuteMs)
  return {
    limit,
    remaining: Math.max(0, limit - count),
    resetAt: Math.floor(endsAt.getTime() / 1_000),
    allowed: count <= limit,
    retryAfterSeconds: secondsLeft,
  }
}

/** Counts one registration from an address. Throws `rate_limited` when there were too many in this minute. */
export async function countRegistration(ctx: Context, address: string): Promise<void> {
  const window = windowOf(ctx, minuteMs)
  const count = await countOrAllow(ctx, { key: `reg:${address}:${window.name}`, amount: 1, ...window })
  if (count === null || count <= ctx.config.registration.perMinute) return
  throw new AppError('rate_limited', 'Too many registrations from your address. Wait a minute.', {
    retryAfterSeconds: window.secondsLeft,
  })
}

/**
 * Counts one use of something that an account may use `max` times in a window, such as a route of a surface. Throws
 * `rate_limited` for one too many.
 */
export async function countUse(
  ctx: Context,
  { accountId, name, max, windowMs }: { accountId: string; name: string; max: number; windowMs: number },
): Promise<void> {
  const window = windowOf(ctx, windowMs)
  const count = await countOrAllow(ctx, {
    key: `use:${name}:${accountId}:${window.name}`,
    amount: 1,
    ...window,
  })
  if (count === null || count <= max) return
  throw new AppError('rate_limited', `Too many requests. Wait ${window.secondsLeft} seconds.`, {
    retryAfterSeconds: window.secondsLeft,
  })
}

/** How many messages an account may send in a day (UTC) over one API. Each API counts for itself. */
export interface DayLimit {
  /** The name of the count. */
  counter: string
  /** Null: no limit. */
  messagesMax: number | null
  /** The subject of a refusal's sentence, such as "The free plan". */
  setBy: string
}

/** The operator's own limit, for APIs that know no plan's. */
export function operatorsDay(ctx: Context): DayLimit {
  return { counter: 'own', messagesMax: ctx.config.send.messagesPerDay, setBy: 'This installation' }
}

/**
 * Counts messages against a limit a day while `work` writes them; those that it does not write are given back. Throws
 * `rate_limited` when they do not fit; then none of them is counted.
 */
export async function withinDay<T>(
  ctx: Context,
  { day, accountId, amount }: { day: DayLimit; accountId: string; amount: number },
  work: () => Promise<{ result: T; written: number }>,
): Promise<T> {
  const returnUnused = await countMessages(ctx, { day, accountId, amount })
  try {
    const { result, written } = await work()
    if (written < amount) await returnUnused(amount - written)
    return result
  } catch (error) {
    const given = returnUnused(amount)
    // A caller who is told that the database is away must not wait for it once more.
    if (isUnavailable(error)) ctx.tasks.track(given)
    else await given
    throw error
  }
}

/** Returns what takes so many of them out of the count again. */
async function countMessages(
  ctx: Context,
  { day, accountId, amount }: { day: DayLimit; accountId: string; amount: number },
): Promise<(excess: number) => Promise<unknown>> {
  const limit = day.messagesMax
  if (limit === null || amount === 0) return () => Promise.resolve()
  const window = windowOf(ctx, dayMs)
  const hit = { key: `day:${day.counter}:${accountId}:${window.name}`, amount, ...window }
  const count = await countOrAllow(ctx, hit)
  if (count === null) return () => Promise.resolve()
  const returnUnused = (excess: number) => countOrAllow(ctx, { ...hit, amount: -excess })
  if (count <= limit) return returnUnused
  await returnUnused(amount)
  throw new AppError('rate_limited', `${day.setBy} allows ${limit} messages a day, and this would be more.`, {
    retryAfterSeconds: window.secondsLeft,
  })
}

function windowOf(ctx: Context, lengthMs: number): { name: number; endsAt: Date; secondsLeft: number } {
  const now = ctx.clock.now().getTime()
  const name = Math.floor(now / lengthMs)
  const end = (name + 1) * lengthMs
  return { name, endsAt: new Date(end), secondsLeft: Math.max(1, Math.ceil((end - now) / 1_000)) }
}

/** After a failure nobody waits for the counters for a while. */
const pauseMs = 1_000
const pauses = perContext(() => ({ untilMs: 0, logAgainAtMs: 0 }))

async function countOrAllow(ctx: Context, hit: Hit): Promise<number | null> {
  const pause = pauses(ctx)
  if (performance.now() < pause.untilMs) return null
  try {
    return await hits(ctx).add(hit)
  } catch (error) {
    const now = performance.now()
    pause.untilMs = now + pauseMs
    if (now > pause.logAgainAtMs) {
      pause.logAgainAtMs = now + 10 * pauseMs
      ctx.log.warn({ err: error }, 'rates cannot be counted; requests are let through')
    }
    return null
  }
}
