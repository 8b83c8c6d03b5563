import { shownStatus, statuses } from '../../../domain/messages/status.ts'
import { after } from '../../../kit/clock.ts'
import { idBehind, idFloor } from '../../../kit/id.ts'
import { arrayOf } from '../../array-literal.ts'
import type { Db } from '../../client.ts'
import { messageColumns, type MessageRecord } from './read.ts'

/** Which messages of an account; what is null does not narrow. */
export interface MessageFilter {
  accountId: string
  /** `both`: a conversation. */
  direction: 'outbound' | 'inbound' | 'both'
  /** One, or any of several. */
  status: string | readonly string[] | null
  batchId: string | null
  /** The other side, by all addresses that it has in `messages.address`. */
  addresses: string[] | null
  sessionId: string | null
  /** Accepted at or after; inbound: come in to us. */
  from: Date | null
  /** Accepted before; inbound: come in to us. */
  to: Date | null
  /** Of those that are sent only the ones whose time to be confirmed is `over` or still `open`; all if absent. */
  confirmation?: 'over' | 'open'
}

/** The order of a list, by when a message was accepted or came in: the newest or the oldest first. */
export type ListOrder = 'newest' | 'oldest'

/** A part of the matching messages. */
export interface Page {
  order: ListOrder
  /** Only ids that come behind this one in that order (the cursor). */
  cursor: string | null
  limit: number
  offset: number
}

/** A page of the messages that match. */
export function listMessages(db: Db, filter: MessageFilter, page: Page): Promise<MessageRecord[]> {
  const query = startQuery(filter, page)
  const { sort } = query
  const found = matching(filter, query, { most: query.add(page.limit + page.offset) })
  return db.query<MessageRecord>(
    `messages-list${query.name}${page.order === 'oldest' ? '-oldest' : ''}`,
    `with page as materialized (
       select found.id from (${found}) found
        order by found.id ${sort} limit ${query.add(page.limit)} offset ${query.add(page.offset)}
     )
     select ${messageColumns} from messages m where m.id = any (array(select id from page)) order by m.id ${sort}`,
    query.values,
  )
}

/** How many messages match, counted up to `limit`. */
export async function countMessages(db: Db, filter: MessageFilter, limit: number): Promise<number> {
  const query = startQuery(filter, { order: 'newest', cursor: null })
  const most = query.add(limit)
  const [row] = await db.query<{ count: string }>(
    `messages-count${query.name}`,
    `select count(*) as count from (
       select from (${matching(filter, query, { most })}) found limit ${most}) counted`,
    query.values,
  )
  return Number(row?.count ?? 0)
}

/** A statement that is being written: those ending in Id are how a parameter is referred to. */
interface Query {
  sort: 'asc' | 'desc'
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

function startQuery(filter: MessageFilter, place: Pick<Page, 'order' | 'cursor'>): Query {
  const values: unknown[] = []
  const add = (value: unknown): string => `$${values.push(value)}`
  const ids = idRange(filter, place)
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
  const confirmed = filter.confirmation === undefined ? null : confirmations[filter.confirmation]
  return {
    sort: place.order === 'newest' ? 'desc' : 'asc',
    accountId,
    fromId,
    belowId,
    name: [...given.map(({ name }) => `-${name}`), confirmed?.name ?? ''].join(''),
    where: [
      ...given
        .filter(({ name }) => name !== around)
        .map(({ condition, value }) => ` and ${condition} (${add(value)})`),
      confirmed?.where ?? '',
    ].join(''),
    values,
    add,
  }
}

const confirmations = {
  over: { name: '-unconfirmed', where: ` and (m.status <> 'sent' or m.expires_at <= now())` },
  open: { name: '-confirmable', where: ` and (m.status <> 'sent' or m.expires_at > now())` },
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
 * came in to us, which only its id tells; so in a conversation, the ids decide alone.
 */
function idRange(
  { direction, from, to }: MessageFilter,
  { order, cursor }: Pick<Page, 'order' | 'cursor'>,
): { from: string; below: string } {
  const aheadMs = direction === 'outbound' ? idAheadMs : 0
  const range = {
    from: from === null ? idFloor(new Date(0)) : idFloor(after(from, -aheadMs)),
    below: to === null ? lastId : idFloor(after(to, aheadMs)),
  }
  if (cursor === null) return range
  const place = cursor.toLowerCase()
  if (order === 'newest') return { ...range, below: place < range.below ? place : range.below }
  const next = place < lastId ? idBehind(place) : lastId
  return { ...range, from: next > range.from ? next : range.from }
}

/** Statuses that the indexes of senders and addresses leave out, so that accepting a message does not pay for them. */
const underWay = `('queued', 'processing', 'retrying')`

/**
 * The ids that match, by the index that suits the filters best; each of its parts gives `most` at most, in the order
 * of the list.
 *
 * - A batch is small: its rows are looked through.
 * - A recipient's messages stand in an index of their own, and while they are under way in that of the chains.
 * - A sender's messages likewise; while they are under way they are picked out of the account's.
 * - All others come from the account's index by status: each wanted status gives its first. So there is no index by
 *   time alone, which every change of a status would have to keep up.
 */
function matching(filter: MessageFilter, query: Query, { most }: { most: string }): string {
  const { accountId, where, add } = query
  const wanted = `${add(arrayOf(statusesOf(filter)))}::text[]`
  switch (aroundOf(filter)) {
    case 'batch':
      return `select m.id from messages m
               where m.batch_id is not null and ${inRange(query, 'batch_id', `${add(filter.batchId)}::uuid`)} and m.account_id = ${accountId}
                 and m.status = any (${wanted}) ${where} ${firstOf(query, 'batch_id', most)}`
    case 'address': {
      const range = inRange(query, 'address', 'one.address')
      return `select found.id from unnest(${add(listOf(filter.addresses))}::text[]) as one(address)
               cross join lateral (
                (select m.id from messages m
                  where m.account_id = ${accountId} and ${range}
                    and m.status not in ${underWay} and m.status = any (${wanted}) ${where}
                  ${firstOf(query, 'address', most)})
                union all
                (select m.id from sessions s join messages m on m.session_id = s.id
                  where s.account_id = ${accountId} and m.address = one.address and ${range}
                    and m.status in ${underWay} and m.status = any (${wanted}) ${where}
                  ${firstOf(query, 'address', most)})) found`
    }
    case 'session':
      return ofSession(filter, query, { wanted, most })
    case 'status':
      return `select found.id from unnest(${wanted}) as wanted(status) cross join lateral (
                select m.id from messages m
                 where m.account_id = ${accountId} and ${inRange(query, 'status', 'wanted.status')} ${where}
                 ${firstOf(query, 'status', most)}) found`
  }
}

function ofSession(
  { sessionId }: MessageFilter,
  query: Query,
  { wanted, most }: { wanted: string; most: string },
): string {
  const { accountId, where, add } = query
  const id = `${add(sessionId)}::uuid`
  const range = inRange(query, 'status', 'wanted.status')
  return `select found.id from sessions s cross join unnest(${wanted}) as wanted(status) cross join lateral (
            (select m.id from messages m
              where m.session_id = s.id and m.status not in ${underWay} and ${range} ${where}
              ${firstOf(query, 'status', most)})
            union all
            (select m.id from messages m
              where wanted.status in ${underWay} and m.account_id = ${accountId} and m.session_id = s.id
                and ${range} ${where}
              ${firstOf(query, 'status', most)})) found
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

function firstOf({ sort }: Query, column: string, limit: string): string {
  return `order by m.${column} ${sort}, m.id ${sort} limit ${limit}`
}

/** The statuses to look through for a direction and a status: what expired is found as failed, too. */
function statusesOf({ direction, status }: MessageFilter): string[] {
  const possible: readonly string[] = {
    outbound: statuses,
    inbound: ['received'],
    both: [...statuses, 'received'],
  }[direction]
  return possible.filter((one) => isWanted(one, status))
}

/** Whether a filter wants messages of a status: one is named as it is or as it is shown, several as they are. */
export function isWanted(one: string, status: MessageFilter['status']): boolean {
  if (status === null) return true
  return typeof status === 'string' ? status === one || status === shownStatus(one) : status.includes(one)
}
