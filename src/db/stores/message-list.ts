import { statuses } from '../../domain/status.ts'
import { after } from '../../kit/clock.ts'
import { idFloor } from '../../kit/id.ts'
import { arrayOf } from '../array.ts'
import type { Db } from '../client.ts'
import { messageColumns, type MessageRecord } from './message-reads.ts'

/** Which messages of an account; what is null does not narrow. */
export interface MessageFilter {
  accountId: string
  direction: 'outbound' | 'inbound'
  status: string | null
  batchId: string | null
  /** The other side, as in `messages.address`. */
  address: string | null
  sessionId: string | null
  /** Accepted at or after; inbound: come in to us. */
  from: Date | null
  /** Accepted before; inbound: come in to us. */
  to: Date | null
}

/** A part of the matching messages, the newest first. */
export interface Page {
  /** Only ids before this one (the cursor). */
  before: string | null
  limit: number
  offset: number
}

/** A page of the messages that match, the newest first. */
export function listMessages(db: Db, filter: MessageFilter, page: Page): Promise<MessageRecord[]> {
  const query = startQuery(filter, page.before)
  const reach = query.add(page.limit + page.offset)
  const found = matching(filter, query, `order by m.id desc limit ${reach}`)
  return db.query<MessageRecord>(
    `messages-list${query.name}`,
    `with page as materialized (
       select found.id from (${found}) found
        order by found.id desc limit ${query.add(page.limit)} offset ${query.add(page.offset)}
     )
     select ${messageColumns} from messages m where m.id = any (array(select id from page)) order by m.id desc`,
    query.values,
  )
}

/** How many messages match, counted up to `limit`. */
export async function countMessages(db: Db, filter: MessageFilter, limit: number): Promise<number> {
  const query = startQuery(filter, null)
  const most = query.add(limit)
  const found = matching(filter, query, `limit ${most}`)
  const [row] = await db.query<{ count: string }>(
    `messages-count${query.name}`,
    `select count(*) as count from (select from (${found}) found limit ${most}) counted`,
    query.values,
  )
  return Number(row?.count ?? 0)
}

/** A statement that is being written. */
interface Query {
  /** Tells which filters are there: they alone decide how the statement reads. */
  name: string
  /** The conditions on `m` that the filters mean. */
  where: string
  values: unknown[]
  /** Adds a parameter and returns how it is referred to. */
  add(value: unknown): string
}

/** How far the time in an id may be ahead of the message's own: ids never go back when the clock does. */
const idAheadMs = 10_000
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

function startQuery(filter: MessageFilter, before: string | null): Query {
  const values: unknown[] = []
  const add = (value: unknown): string => `$${values.push(value)}`
  const ids = idRange(filter, before)
  const conditions = [
    `m.account_id = ${add(filter.accountId)}`,
    `m.id < ${add(ids.below)}`,
    `m.id >= ${add(ids.from)}`,
  ]
  const names: string[] = []
  const narrow = (name: string, value: unknown, condition: (parameter: string) => string): void => {
    if (value === null) return
    names.push(name)
    conditions.push(condition(add(value)))
  }
  narrow('batch', filter.batchId, (batchId) => `m.batch_id = ${batchId}`)
  narrow('address', filter.address, (address) => `m.address = ${address}`)
  narrow('session', filter.sessionId, (sessionId) => `m.session_id = ${sessionId}`)
  if (filter.direction === 'outbound') {
    narrow('from', filter.from, (from) => `m.created_at >= ${from}`)
    narrow('to', filter.to, (to) => `m.created_at < ${to}`)
  }
  return {
    name: names.map((name) => `-${name}`).join(''),
    where: conditions.join(' and '),
    values,
    add,
  }
}

/**
 * Ids tell the time, so a span of time is a range of ids. An outbound message is of the moment of its acceptance,
 * which its row has to the millisecond and its id within some seconds; an inbound one is of the moment in which it
 * came in to us, which only its id tells.
 */
function idRange(
  { direction, from, to }: MessageFilter,
  before: string | null,
): { from: string; below: string } {
  const aheadMs = direction === 'outbound' ? idAheadMs : 0
  const end = to === null ? lastId : idFloor(after(to, aheadMs))
  const cursor = before?.toLowerCase() ?? lastId
  return {
    from: from === null ? idFloor(new Date(0)) : idFloor(after(from, -aheadMs)),
    below: cursor < end ? cursor : end,
  }
}

/** Statuses that the index of addresses leaves out, so that accepting a message does not pay for it. */
const underWay = `('queued', 'processing', 'retrying')`

/**
 * The ids that match, by the index that suits the filters best; each of its parts ends with `tail`, and is read no
 * further than that says.
 *
 * - A batch is small: its rows are looked through.
 * - A recipient's messages stand in an index of their own, and while they are under way in that of the chains.
 * - All others come from an index by status, of the account or of the session: each wanted status gives its newest.
 *   So there is no index by time alone, which every change of a status would have to keep up.
 */
function matching(filter: MessageFilter, { where, add }: Query, tail: string): string {
  const wanted = `${add(arrayOf(statusesOf(filter)))}::text[]`
  if (filter.batchId !== null) {
    return `select m.id from messages m where ${where} and m.status = any (${wanted}) ${tail}`
  }
  if (filter.address !== null) {
    return `(select m.id from messages m
              where ${where} and m.status not in ${underWay} and m.status = any (${wanted}) ${tail})
            union all
            (select m.id from sessions s join messages m on m.session_id = s.id and m.account_id = s.account_id
              where ${where} and m.status in ${underWay} and m.status = any (${wanted}) ${tail})`
  }
  return `select newest.id from unnest(${wanted}) as wanted(status) cross join lateral (
            select m.id from messages m where ${where} and m.status = wanted.status ${tail}) newest`
}

/** What a direction and a status mean together: the statuses to look through. */
function statusesOf({ direction, status }: MessageFilter): string[] {
  const possible: readonly string[] = direction === 'inbound' ? ['received'] : statuses
  return status === null ? [...possible] : possible.filter((one) => one === status)
}
