import { statuses, type Status } from '../../../domain/messages/status.ts'
import { arrayOf, columnsOf } from '../../array-literal.ts'
import type { Db } from '../../client.ts'
import { stepsToPerson } from './aliases.ts'

/** A conversation with one address: its last message, in either direction, and when the other side last wrote. */
export interface ConversationRecord {
  address: string
  lastInboundAt: Date | null
  message: {
    id: string
    sessionId: string
    direction: 'outbound' | 'inbound'
    status: Status | 'received'
    /** text, template, ...; inbound: the provider's word. */
    type: string
    body: string | null
    /** Inbound: the name that the customer gave themselves. */
    profileName: string | null
    createdAt: Date
  }
}

/** The part of the list that one look gives. */
export interface ConversationPage {
  conversations: ConversationRecord[]
  /** The last message of the look, behind which the next one begins; null: there are no more. */
  next: string | null
}

/** A look at the messages behind `cursor`, the newest first. */
export interface ConversationLook {
  accountId: string
  cursor: string | null
  /** Conversations that it gives at most. */
  limit: number
  /** Messages that it looks through at most. */
  span: number
}

/**
 * Conversations of an account by their last message, the newest first. No more than `span` messages are looked
 * through, however many there are, so a look may give less than `limit`, and even nothing, although there are more.
 */
export async function listConversations(
  db: Db,
  { accountId, cursor, limit, span }: ConversationLook,
): Promise<ConversationPage> {
  const [row] = await db.query<LookRow>('conversations-list', listSql, [
    accountId,
    arrayOf([...statuses, 'received']),
    cursor,
    span,
    limit + 1,
  ])
  if (row === undefined) return { conversations: [], next: null }
  const conversations = row.found.slice(0, limit).map(toConversation)
  if (row.found.length > limit) return { conversations, next: conversations.at(-1)?.message.id ?? null }
  return { conversations, next: row.looked < span ? null : row.reached }
}

/** A conversation as JSON has it: its times are text. */
interface FoundRow {
  address: string
  lastInboundAt: string | null
  message: Omit<ConversationRecord['message'], 'createdAt'> & { createdAt: string }
}

interface LookRow {
  found: FoundRow[]
  /** How many messages were looked through, and the oldest of them. */
  looked: number
  reached: string | null
}

function toConversation({ address, lastInboundAt, message }: FoundRow): ConversationRecord {
  return {
    address,
    lastInboundAt: lastInboundAt === null ? null : new Date(lastInboundAt),
    message: { ...message, createdAt: new Date(message.createdAt) },
  }
}

// The newest messages come from the index by status, as those of a list do. What was given by an earlier look has a
// message at or before the cursor: it is found by its address, or among those that are under way.
const listSql = `
with newest as materialized (
  select found.id from unnest($2::text[]) as wanted(status) cross join lateral (
    select m.id from messages m
     where m.account_id = $1 and (m.status, m.id) >= (wanted.status, '00000000-0000-0000-0000-000000000000'::uuid)
       and (m.status, m.id) < (wanted.status, coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
     order by m.status desc, m.id desc limit $4) found
   order by found.id desc limit $4
), under_way as materialized (
  select m.address from messages m
   where $3::uuid is not null and m.account_id = $1 and m.status in ('queued', 'processing', 'retrying')
     and m.id >= $3 limit $4
), latest as materialized (
  select distinct on (m.address) m.address, m.id
    from messages m where m.id = any (array(select id from newest)) order by m.address, m.id desc
), page as materialized (
  select l.address, l.id from latest l
   where $3::uuid is null or (
     not exists (select from messages n
       where n.account_id = $1 and (n.address, n.id) >= (l.address, $3) and n.address = l.address
         and n.status not in ('queued', 'processing', 'retrying'))
     and l.address not in (select address from under_way))
   order by l.id desc limit $5
)
select (select count(*)::int from newest) as looked,
       (select id from newest order by id limit 1) as reached,
       (select coalesce(json_agg(json_build_object('address', p.address,
          'lastInboundAt', (select max(w.last_inbound_at) from contact_windows w
                             where w.account_id = $1 and w.address = p.address),
          'message', json_build_object('id', m.id, 'sessionId', m.session_id, 'direction', m.direction,
            'status', m.status, 'type', m.content->>'type', 'body', m.body,
            'profileName', case m.direction when 'inbound' then m.content->>'profileName' end,
            'createdAt', m.created_at)) order by p.id desc), '[]')
          from page p join messages m on m.id = p.id) as found`

/** A conversation, and all addresses under which its person may have another one. */
export interface Acquaintance {
  conversation: ConversationRecord
  candidates: readonly string[]
}

/** The rest of the conversations that a person has under other addresses. */
export interface Elsewhere {
  /** One of them goes on after the last message of this one. */
  isContinued: boolean
  lastInboundAt: Date | null
}

/** Looks for the other conversations of the people in these, in the order asked. */
export async function findElsewhere(
  db: Db,
  accountId: string,
  people: readonly Acquaintance[],
): Promise<(Elsewhere | undefined)[]> {
  const candidates = people.flatMap((one, n) => one.candidates.map((address) => ({ n, address })))
  const conversations = people.map(({ conversation }, n) => ({ n, ...conversation }))
  const rows = await db.query<Elsewhere & { n: number }>('conversations-elsewhere', elsewhereSql, [
    accountId,
    ...columnsOf(candidates, [({ n }) => n, ({ address }) => address]),
    ...columnsOf(conversations, [({ n }) => n, ({ address }) => address, ({ message }) => message.id]),
  ])
  const found = new Map(rows.map(({ n, ...elsewhere }) => [n, elsewhere]))
  return people.map((_, n) => found.get(n))
}

const elsewhereSql = `
with asked as (
  select n, $1::uuid as account_id, null::uuid as session_id, address
    from unnest($2::int[], $3::text[]) as x(n, address)
), ${stepsToPerson}, conversation as (
  select * from unnest($4::int[], $5::text[], $6::uuid[]) as x(n, address, last_id)
)
select p.n, max((select max(w.last_inbound_at) from contact_windows w
                  where w.account_id = p.account_id and w.address = p.address)) as "lastInboundAt",
       bool_or(exists (
         select from messages m
          where m.account_id = p.account_id and m.address = p.address and (m.address, m.id) > (p.address, c.last_id)
            and m.status not in ('queued', 'processing', 'retrying')
       ) or exists (
         select from sessions s join messages m on m.session_id = s.id
          where s.account_id = p.account_id and m.address = p.address and m.id > c.last_id
            and m.status in ('queued', 'processing', 'retrying')
       )) as "isContinued"
  from person p join conversation c on c.n = p.n and c.address <> p.address
 group by p.n`
