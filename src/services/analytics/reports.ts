import type { Context } from '../../context.ts'
import {
  countByDay,
  countByHour,
  countByStatus,
  type Count,
  type Counted,
} from '../../db/stores/analytics/counters.ts'
import { invalidField } from '../../domain/app-error.ts'
import {
  beginsPeriod,
  countStarts,
  nextStart,
  periodMs,
  startOf,
  startsIn,
  type Period,
  type Span,
} from '../../domain/period.ts'
import { countShown } from '../../domain/messages/status.ts'
import { after } from '../../kit/clock.ts'
import { groupBy } from '../../kit/group.ts'

// The front door of the room, and its only file: sums and series of messages, from counters that are exact.

/** How many messages there are, and how they fared. Rates are parts of `total`, rounded to four digits. */
export interface Tally {
  total: number
  /** Only the statuses that some message has. */
  byStatus: Record<string, number>
  /** Delivered or read. */
  deliveryRate: number
  failureRate: number
}

/** An end that is null is open. */
export interface Summary extends Tally {
  from: Date | null
  to: Date | null
}

/** The most points that one answer has: a leap year of days, a month of hours. */
const pointsMax = { day: 366, hour: 744 } as const satisfies Record<Period, number>
/** The number of points when no start is given. */
const pointsUsual = { day: 30, hour: 24 } as const satisfies Record<Period, number>

/**
 * How an account's messages fared, of all time or of those accepted in a span, from the counters alone. Throws
 * `validation_failed` for a span that does not lie on full hours, which no counter can answer for.
 */
export async function summarize(
  ctx: Context,
  accountId: string,
  { from, to }: { from: Date | null; to: Date | null },
): Promise<Summary> {
  if (from === null && to === null) {
    return { from, to, ...tallyOf([...(await countByStatus(ctx.db, { accountId, dryRuns: 'out' }))]) }
  }
  // Nothing was accepted before the one, or will have been after the other.
  const span = {
    from: from ?? new Date(0),
    to: to ?? after(startOf(ctx.clock.now(), 'day'), 2 * periodMs.day),
  }
  assertCountable(span, 'hour', { toIsGiven: to !== null })
  const counts = await countSpan(ctx, { accountId, dryRuns: 'out' }, span)
  return { from, to, ...tallyOf(counts.map(({ status, count }) => [status, count])) }
}

/**
 * An account's messages that were accepted in a span of full hours, by day or hour and status: whole days from the
 * counters of days, the hours before and behind them from those of hours.
 */
export async function countSpan(ctx: Context, counted: Counted, { from, to }: Span): Promise<Count[]> {
  const days = { from: nextStart(from, 'day'), to: startOf(to, 'day') }
  if (days.from >= days.to) return countByHour(ctx.db, counted, { from, to })
  const [before, within, behind] = await Promise.all([
    hoursOf(ctx, counted, { from, to: days.from }),
    countByDay(ctx.db, counted, days),
    hoursOf(ctx, counted, { from: days.to, to }),
  ])
  return [...before, ...within, ...behind]
}

async function hoursOf(ctx: Context, counted: Counted, span: Span): Promise<Count[]> {
  return span.from < span.to ? countByHour(ctx.db, counted, span) : []
}

/** Each day or hour of a span, those without messages too. */
export interface Timeseries extends Span {
  interval: Period
  points: ({ at: Date } & Tally)[]
}

/**
 * How an account's messages fared by the day or hour in which they were accepted: of the last 30 days or 24 hours
 * where no begin is given, and up to now where no end is. Throws `validation_failed` for a span that does not lie on
 * whole days or hours, or has too many.
 */
export async function readTimeseries(
  ctx: Context,
  accountId: string,
  { interval, ...asked }: { interval: Period; from: Date | null; to: Date | null },
): Promise<Timeseries> {
  const step = periodMs[interval]
  const to = asked.to ?? after(startOf(ctx.clock.now(), interval), step)
  const from = asked.from ?? after(to, -pointsUsual[interval] * step)
  assertCountable({ from, to }, interval, { toIsGiven: asked.to !== null })
  assertFew(countStarts({ from, to }, interval), interval)
  const count = interval === 'day' ? countByDay : countByHour
  const counts = groupBy(await count(ctx.db, { accountId, dryRuns: 'out' }, { from, to }), ({ at }) =>
    at.getTime(),
  )
  const points = startsIn({ from, to }, interval).map((at) => ({
    at,
    ...tallyOf((counts.get(at.getTime()) ?? []).map((one) => [one.status, one.count])),
  }))
  return { interval, from, to, points }
}

function assertFew(count: number, interval: Period): void {
  const most = pointsMax[interval]
  if (count <= most) return
  throw invalidField('from', `${count} ${interval}s are too many for one answer, which has at most ${most}`)
}

function assertCountable({ from, to }: Span, period: Period, { toIsGiven }: { toIsGiven: boolean }): void {
  const what = period === 'day' ? 'day (midnight)' : 'hour'
  const message = `must be the begin of a UTC ${what}, because messages are counted by the ${period}`
  // The end first: a begin that was not given is counted back from it.
  if (!beginsPeriod(to, period)) throw invalidField('to', message)
  if (!beginsPeriod(from, period)) throw invalidField('from', message)
  if (from < to) return
  throw toIsGiven ? invalidField('to', 'must be after from') : invalidField('from', 'is in the future')
}

const arrived: ReadonlySet<string> = new Set(['delivered', 'read'])

function tallyOf(counts: [status: string, count: number][]): Tally {
  const byStatus = countShown(counts)
  let [total, delivered] = [0, 0]
  for (const [status, count] of Object.entries(byStatus)) {
    total += count
    if (arrived.has(status)) delivered += count
  }
  return {
    total,
    byStatus,
    deliveryRate: rateOf(delivered, total),
    failureRate: rateOf(byStatus['failed'] ?? 0, total),
  }
}

function rateOf(part: number, total: number): number {
  return total === 0 ? 0 : Math.round((part / total) * 10_000) / 10_000
}
