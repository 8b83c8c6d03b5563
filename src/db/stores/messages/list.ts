import { statuses } from '../../../domain/messages/status.ts'
import { after } from '../../../kit/clock.ts'
import { idFloor } from '../../../kit/id.ts'
import { arrayOf } from '../../array-literal.ts'
import type { Db } from '../../client.ts'
import { messageColumns, type MessageRecord } from './read.ts'

/** Which messages of an account; what is null does not narrow. */
export interface MessageFilter {
  accountId: string
  direction: 'outbound' | 'inbound'
  status: string | null
  batchId: string | null
  /** The other side, by all addresses that it has in `messages.address`. */
  addresses: string[] | null
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
  const found = matching(filter, query, { newest: query.add(page.limit + page.offset) })
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
  const newest = query.add(limit)
  const [row] = await db.query<{ count: string }>(
    `messages-count${query.name}`,
    `select count(*) as count from (
       select from (${matching(filter, query, { newest })}) found limit ${newest}) counted`,
    query.values,
  )
  return Number(row?.count ?? 0)
}

/** A statement that is being written: each field but the last two is how a parameter is referred to. */
interface Query {
  accountId: string
  /** The first id that may be found, and the first one after it that may not. */
  fromId: string
  belowId: string
  /** Which filters are there: they alone decide how the statement reads. */
  name: string
  /** The conditions on `m` of all filters but those that the statement is built around. */
  where: string
  values: unknown[]
  /** Adds a parameter. */
  add(value: unknown): string
}

function startQuery(filter: MessageFilter, before: string | null): Query {
  const values: unknown[] = []
  const add = (value: unknown): string => `$${values.push(value)}`
  const ids = idRange(filter, before)
  const [accountId, fromId, belowId] = [add(filter.accountId), add(ids.from), add(ids.below)]
  const dated = filter.direction === 'outbound'
  const around = aroundOf(filter)
  const given = [
    { name: 'batch', value: filter.batchId, condition: 'm.batch_id =' },
    { name: 'address', value: listOf(filter.addresses), condition: 'm.address = any' },
    { name: 'session', value: filter.sessionId, condition: 'm.session_id =' },
    { name: 'from', value: dated ? filter.from : null, condition: 'm.created_at >=' },
    { name: 'to', value: dated ? filter.to : null, condition: 'm.created_at <' },
  ].filter(({ value }) => value !== null)
  return {
    accountId,
    fromId,
    belowId,
    name: given.map(({ name }) => `-${name}`).join(''),
    where: given
      .filter(({ name }) => name !== around)
      .map(({ condition, value }) => ` and ${condition} (${add(value)})`)
      .join(''),
    values,
    add,
  }
}

/** The filter that leaves least to look through. */
function aroundOf({
  batchId,
  addresses,
  sessionId,
}: MessageFilter): 'batch' | 'address' | 'session' | 'status' {
  if (batchId !== null) return 'batch'
  if (addresses !== null) return 'address'
  return sessionId === null ? 'status' : 'session'
}

/** How far the time in an id may be ahead of the message's own: ids never go back when the clock does. */
const idAheadMs = 10_000
const lastId = 'ffffffff-ffff-ffff-ffff-ffffffffffff'

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

/** Statuses that the indexes of senders and addresses leave out, so that accepting a message does not pay for them. */
const underWay = `('queued', 'processing', 'retrying')`

/**
 * The ids that match, by the index that suits the filters best; each of its parts gives `newest` at most.
 *
 * - A batch is small: its rows are looked through.
 * - A recipient's messages stand in an index of their own, and while they are under way in that of the chains.
 * - A sender's messages likewise; while they are under way they are picked out of the account's.
 * - All others come from the account's index by status: each wanted status gives its newest. So there is no index by
 *   time alone, which every change of a status would have to keep up.
 */
function matching(filter: MessageFilter, query: Query, { newest }: { newest: string }): string {
  const { accountId, where, add } = query
  const wanted = `${add(arrayOf(statusesOf(filter)))}::text[]`
  switch (aroundOf(filter)) {
    case 'batch':
      return `select m.id from messages m
               where m.batch_id is not null and ${inRange(query, 'batch_id', `${add(filter.batchId)}::uuid`)} and m.account_id = ${accountId}
                 and m.status = any (${wanted}) ${where} ${newestOf('batch_id', newest)}`
    case 'address': {
      const range = inRange(query, 'address', 'one.address')
      return `select found.id from unnest(${add(listOf(filter.addresses))}::text[]) as one(address)
               cross join lateral (
                (select m.id from messages m
                  where m.account_id = ${accountId} and ${range}
                    and m.status not in ${underWay} and m.status = any (${wanted}) ${where}
                  ${newestOf('address', newest)})
                union all
                (select m.id from sessions s join messages m on m.session_id = s.id
                  where s.account_id = ${accountId} and m.address = one.address and ${range}
                    and m.status in ${underWay} and m.status = any (${wanted}) ${where}
                  ${newestOf('address', newest)})) found`
    }
    case 'session':
      return ofSession(filter, query, { wanted, newest })
    case 'status':
      return `select found.id from unnest(${wanted}) as wanted(status) cross join lateral (
                select m.id from messages m
                 where m.account_id = ${accountId} and ${inRange(query, 'status', 'wanted.status')} ${where}
                 ${newestOf('status', newest)}) found`
  }
}

function ofSession(
  { sessionId }: MessageFilter,
  query: Query,
  { wanted, newest }: { wanted: string; newest: string },
): string {
  const { accountId, where, add } = query
  const id = `${add(sessionId)}::uuid`
  const range = inRange(query, 'status', 'wanted.status')
  return `select found.id from sessions s cross join unnest(${wanted}) as wanted(status) cross join lateral (
            (select m.id from messages m
              where m.session_id = s.id and m.status not in ${underWay} and ${range} ${where}
              ${newestOf('status', newest)})
            union all
            (select m.id from messages m
              where wanted.status in ${underWay} and m.account_id = ${accountId} and m.session_id = s.id
                and ${range} ${where}
              ${newestOf('status', newest)})) found
           where s.id = ${id} and s.account_id = ${accountId}`
}

/**
 * Rows with that value whose ids are in the range. Said and ordered as a pair, which only an index on the two
 * together can serve: the planner would else walk all ids there are, in the belief that most of them match.
 */
function inRange({ fromId, belowId }: Query, column: string, value: string): string {
  const pair = `(m.${column}, m.id)`
  return `${pair} >= (${value}, ${fromId}::uuid) and ${pair} < (${value}, ${belowId}::uuid)`
}

function listOf(addresses: string[] | null): string | null {
  return addresses === null ? null : arrayOf(addresses)
}

function newestOf(column: string, limit: string): string {
  return `order by m.${column} desc, m.id desc limit ${limit}`
}

/** The statuses to look through for a direction and a status. */
function statusesOf({ direction, status }: MessageFilter): string[] {
  const possible: readonly string[] = direction === 'inbound' ? ['received'] : statuses
  return status === null ? [...possible] : possible.filter((one) => one === status)
}
