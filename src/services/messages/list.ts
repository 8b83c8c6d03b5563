import type { Context } from '../../context.ts'
import { countByStatus } from '../../db/stores/analytics/counters.ts'
import {
  countMessages,
  isWanted,
  listMessages,
  type ListOrder,
  type MessageFilter,
} from '../../db/stores/messages/list.ts'
import type { MessageRecord } from '../../db/stores/messages/read.ts'
import { invalidField } from '../../domain/app-error.ts'
import { nextStart, periodMs, startOf, type Span } from '../../domain/period.ts'
import { after } from '../../kit/clock.ts'
import { isUuid } from '../../kit/id.ts'
import { pageOf, rangeOf } from '../../kit/page.ts'
import { countSpan } from '../analytics/reports.ts'
import { findAddress } from '../contacts/address.ts'
import { addressesOf } from '../contacts/aliases.ts'
import { findAccountSession } from '../senders/lookup.ts'

/** Which messages to list; what is null does not narrow. `session` is an id or a name. */
export interface ListRequest extends Omit<MessageFilter, 'accountId' | 'sessionId' | 'addresses'> {
  /** The other side, by any address of theirs as it was written, and the field that has it. */
  address: { written: string; field: 'to' | 'conversation' } | null
  session: string | null
  order: ListOrder
  limit: number
  page: number
  /** How many to skip, in the place of whole pages. */
  offset?: number
  /** The last id of the page before; stronger than `page`. */
  cursor: string | null
}

export interface MessagePage {
  messages: MessageRecord[]
  page: number
  limit: number
  total: number
  /** Counting stopped at `total`: there are at least so many. */
  totalCapped: boolean
  nextCursor: string | null
}

interface Total {
  count: number
  capped: boolean
}

/** Where counting rows stops, so that it costs the same however many there are. */
const countMax = 10_000

/** A page of an account's messages. Throws `session_not_found` for a name that no session has, and `validation_failed` for an
 * address that is none. */
export async function findMessages(
  ctx: Context,
  accountId: string,
  { session, address, order, limit, page, offset, cursor, ...narrowed }: ListRequest,
): Promise<MessagePage> {
  const sessionId = session === null ? null : await idOfSession(ctx, accountId, session)
  const addresses = address === null ? null : await addressesAt(ctx, accountId, address)
  const filter: MessageFilter = { accountId, sessionId, addresses, ...narrowed }
  const range = {
    order,
    cursor,
    ...rangeOf({ limit, page, cursor }),
    ...(offset !== undefined && { offset }),
  }
  const [found, total] = await Promise.all([listMessages(ctx.db, filter, range), totalOf(ctx, filter)])
  const { rows: messages, nextCursor } = pageOf(found, limit, ({ id }) => id)
  return {
    messages,
    page,
    limit,
    total: total.count,
    totalCapped: total.capped,
    nextCursor,
  }
}

async function addressesAt(
  ctx: Context,
  accountId: string,
  { written, field }: NonNullable<ListRequest['address']>,
): Promise<string[]> {
  const address = await findAddress(ctx, accountId, written)
  if (address !== null) return addressesOf(ctx, accountId, address.value)
  throw invalidField(
    field,
    'must be a phone number in E.164 form, such as 14155552671, a business-scoped user id, or the id of a group' +
      (field === 'to' ? '; or a date' : ''),
  )
}

/** An id is taken as it is, because messages of a session that was removed can still be read. */
async function idOfSession(ctx: Context, accountId: string, named: string): Promise<string> {
  return isUuid(named) ? named : (await findAccountSession(ctx, accountId, named)).id
}

/** From the counters where they know; else counted, up to a bound. */
async function totalOf(ctx: Context, filter: MessageFilter): Promise<Total> {
  const { accountId, direction, batchId, addresses, sessionId, from, to, confirmation } = filter
  const isWide = batchId === null && addresses === null && sessionId === null && confirmation === undefined
  const counted = direction === 'outbound' && isWide
  if (!counted) return countRows(ctx, filter)
  if (from !== null || to !== null) return totalOfSpan(ctx, filter)
  return exactly(sumOf([...(await countByStatus(ctx.db, { accountId, dryRuns: 'in' }))], filter.status))
}

/** Full hours from the counters; what is before and behind them has to be counted. */
async function totalOfSpan(ctx: Context, filter: MessageFilter): Promise<Total> {
  // Nothing was accepted before the one, or will have been after the other.
  const from = filter.from ?? new Date(0)
  const to = filter.to ?? after(startOf(ctx.clock.now(), 'day'), 2 * periodMs.day)
  const hours = { from: nextStart(from, 'hour'), to: startOf(to, 'hour') }
  if (hours.from >= hours.to) return countRows(ctx, { ...filter, from, to })
  const parts = await Promise.all([
    countRows(ctx, { ...filter, from, to: hours.from }),
    totalOfHours(ctx, filter, hours),
    countRows(ctx, { ...filter, from: hours.to, to }),
  ])
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    capped: parts.some(({ capped }) => capped),
  }
}

async function totalOfHours(ctx: Context, { accountId, status }: MessageFilter, hours: Span): Promise<Total> {
  const counts = await countSpan(ctx, { accountId, dryRuns: 'in' }, hours)
  return exactly(
    sumOf(
      counts.map((one) => [one.status, one.count]),
      status,
    ),
  )
}

async function countRows(ctx: Context, filter: MessageFilter): Promise<Total> {
  if (filter.from !== null && filter.to !== null && filter.from >= filter.to) return exactly(0)
  const count = await countMessages(ctx.db, filter, countMax + 1)
  return count > countMax ? { count: countMax, capped: true } : exactly(count)
}

function exactly(count: number): Total {
  return { count, capped: false }
}

function sumOf(counts: [status: string, count: number][], wanted: MessageFilter['status']): number {
  return counts.reduce((sum, [status, count]) => sum + (isWanted(status, wanted) ? count : 0), 0)
}
