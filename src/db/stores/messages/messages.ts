import type { MessageContent } from '../../../domain/messages/content.ts'
import type { ClaimedMessage, Lane, MessageState } from '../../../domain/messages/message.ts'
import type { Status } from '../../../domain/messages/status.ts'
import type { Db } from '../../client.ts'
import { chargeAccepted, isBatchPaid, isPaid, lockBatchBalance, lockBalances } from '../billing/credit-sql.ts'
import type { NewIdempotency } from './idempotency.ts'
import { messagePayload, receivedPayload } from './payload-sql.ts'
import { fanOut, isHeard } from '../webhooks/outbox.ts'

/** A message as it is accepted. */
export interface NewMessage {
  id: string
  accountId: string
  sessionId: string
  batchId: string | null
  status: 'queued' | 'scheduled'
  lane: Lane
  address: string
  content: MessageContent
  body: string | null
  metadata: unknown
  replyTo: string | null
  dryRun: boolean
  /** What it costs, where credits are charged. */
  credits: number
  createdAt: Date
  dueAt: Date
  wakeAt: Date
  scheduledFor: Date | null
  expiresAt: Date
  /** The idempotency record that is written with it, if its sender gave a key. */
  idempotency: NewIdempotency | null
  /** The API key that asked for it; it must be alive at the moment of writing. */
  keyId: string
}

/**
 * Accepts messages in one statement and one commit: the rows, their first timeline entries, their idempotency
 * records, the counters and the webhook outbox. A message whose idempotency key is already taken, or whose API key
 * is revoked, is left out, and with `charging` also one that its account cannot pay; the others are debited in the
 * same commit.
 */
export async function insertMessages(
  db: Db,
  messages: readonly NewMessage[],
  { charging }: { charging: boolean },
): Promise<InsertResult> {
  const [name, text] = charging
    ? ['messages-insert-charging', insertChargingSql]
    : ['messages-insert', insertSql]
  const rows = await db.query<{ id: string; what: 'message' | 'delivery' | 'unpaid' }>(name, text, [
    JSON.stringify(messages),
  ])
  const idsOf = (what: string): string[] => rows.filter((row) => row.what === what).map((row) => row.id)
  return {
    written: new Set(idsOf('message')),
    unpaid: new Set(idsOf('unpaid')),
    deliveries: idsOf('delivery'),
  }
}

/** What came of an acceptance. */
export interface InsertResult {
  /** Ids of the messages that were written. */
  written: Set<string>
  /** Ids of those that their accounts cannot pay. */
  unpaid: Set<string>
  /** Webhook deliveries that wait for their doorbell. */
  deliveries: string[]
}

/** The columns of a new message, out of JSON. */
const newMessageFields = `"id" uuid, "accountId" uuid, "sessionId" uuid, "batchId" uuid, "status" text,
  "lane" text, "address" text, "content" jsonb, "body" text, "metadata" jsonb, "replyTo" text,
  "dryRun" boolean, "credits" int, "createdAt" timestamptz, "dueAt" timestamptz, "wakeAt" timestamptz,
  "scheduledFor" timestamptz, "expiresAt" timestamptz, "idempotency" jsonb, "keyId" uuid`

/**
 * Writes those of `input` that a condition lets through, with their first timeline entries and counters; with
 * `charging` also what they cost.
 */
const acceptedWhere = (condition: string, charging: boolean): string => `accepted as (
  insert into messages (id, account_id, session_id, batch_id, status, lane, address, content, body, metadata,
    reply_to, dry_run, created_at, due_at, wake_at, scheduled_for, expires_at${charging ? ', credits' : ''})
  select "id", "accountId", "sessionId", "batchId", "status", "lane", "address", "content", "body", "metadata",
    "replyTo", "dryRun", "createdAt", case "status" when 'queued' then now() else "dueAt" end, "wakeAt",
    "scheduledFor", "expiresAt"${charging ? ', "credits"' : ''}
    from input i where ${condition} order by ordinality
  returning id, account_id, session_id, batch_id, status, address, metadata, created_at${charging ? ', credits' : ''}
), entries as (
  insert into message_events (message_id, status, key, at) select id, status, 'accepted', created_at from accepted
), counted as (
  insert into counter_deltas (account_id, hour, status, delta)
  select account_id, date_trunc('hour', created_at, 'UTC'), status, count(*) from accepted group by 1, 2, 3
)${charging ? chargeAccepted : ''}`

/** `message.queued`, for the accounts that ask for it: one look at each account's endpoints, not at each message's. */
const heardAccepted = `asking as materialized (
  select i.id from (select distinct "accountId" as id from input) i
   where ${isHeard({ account: 'i.id', type: `'message.queued'`, session: 'null::uuid' })}
), heard as materialized (
  select row_number() over () as ord, hermod_uuidv7() as id, m.account_id, 'message.queued' as type,
         m.session_id, m.id as message_id, m.address as order_key, ${messagePayload({
           id: 'm.id',
           status: 'm.status',
           at: 'm.created_at',
           to: 'm.address',
           session: 'm.session_id',
           batchId: 'm.batch_id',
           externalId: 'null::text',
           createdAt: 'm.created_at',
           sentAt: 'null',
           deliveredAt: 'null',
           readAt: 'null',
           failedAt: 'null',
           errorCode: 'null::text',
           errorMessage: 'null::text',
           metadata: 'm.metadata',
           sequence: '0',
         })} as payload
    from accepted m
   where m.status = 'queued' and m.account_id = any (array(select id from asking))
     and ${isHeard({ account: 'm.account_id', type: `'message.queued'`, session: 'm.session_id' })}
)`

/** Takes the idempotency keys of some rows, unless they are taken and still alive. */
const takeKeys = (rows: string): string => `keys as (
  insert into idempotency_keys as k (account_id, key, fingerprint, status_code, response, expires_at)
  select "accountId", idempotency->>'key', decode(idempotency->>'fingerprint', 'hex'), 202,
         idempotency->'response', (idempotency->>'expiresAt')::timestamptz
    from ${rows} order by 1, 2
  on conflict (account_id, key) do update
    set fingerprint = excluded.fingerprint, status_code = excluded.status_code,
        response = excluded.response, expires_at = excluded.expires_at
    where k.expires_at < now()
  returning account_id, key
)`

const insertSqlFor = (charging: boolean): string => {
  const mayWrite = `"keyId" in (select id from alive)${charging ? ` and ${isPaid}` : ''}`
  return `
with input as materialized (
  select x.*, ordinality from json_array_elements($1::json) with ordinality as e(item, ordinality),
    json_to_record(e.item) as x(${newMessageFields})
), alive as materialized (
  select k.id from api_keys k join accounts a on a.id = k.account_id
   where k.id in (select "keyId" from input) and k.revoked_at is null and a.state = 'active'
)${charging ? lockBalances : ''}, ${takeKeys(`input where jsonb_typeof(idempotency) = 'object' and ${mayWrite}`)}, ${acceptedWhere(
    `${mayWrite}
  and (jsonb_typeof(idempotency) is distinct from 'object'
    or exists (select from keys k where k.account_id = i."accountId" and k.key = i.idempotency->>'key'))`,
    charging,
  )}, ${heardAccepted}, ${fanOut}
select id, 'message' as what from accepted union all select id, 'delivery' from outbox
${charging ? `union all select "id", 'unpaid' from unpaid` : ''}`
}

const insertSql = insertSqlFor(false)
const insertChargingSql = insertSqlFor(true)

/** Messages that came in one request. */
export interface NewBatch {
  id: string
  accountId: string
  total: number
  failedCount: number
  createdAt: Date
}

/** What came of a batch. `balance`, where credits are charged: what the account had before. */
export interface BatchInsert {
  written: boolean
  balance: number | null
  /** Webhook deliveries that wait for their doorbell. */
  deliveries: string[]
}

/**
 * Accepts a batch in one statement and one commit, with one idempotency record for the whole. Nothing is written
 * when its key is already taken, or when with `charging` the account cannot pay all of it.
 */
export async function insertBatch(
  db: Db,
  batch: NewBatch,
  messages: NewMessage[],
  { idempotency, charging }: { idempotency: NewIdempotency | null; charging: boolean },
): Promise<BatchInsert> {
  const [name, text] = charging
    ? ['batch-insert-charging', insertBatchChargingSql]
    : ['batch-insert', insertBatchSql]
  const [row] = await db.query<{ written: boolean; balance: string | null; deliveries: string[] }>(
    name,
    text,
    [JSON.stringify(messages), JSON.stringify({ ...batch, idempotency })],
  )
  return {
    written: row?.written ?? false,
    balance: row?.balance == null ? null : Number(row.balance),
    deliveries: row?.deliveries ?? [],
  }
}

const insertBatchSqlFor = (charging: boolean): string => `
with batch as materialized (
  select * from json_to_record($2::json) as b("id" uuid, "accountId" uuid, "total" int, "failedCount" int,
    "createdAt" timestamptz, "idempotency" jsonb)
), input as materialized (
  select x.*, ordinality from json_array_elements($1::json) with ordinality as e(item, ordinality),
    json_to_record(e.item) as x(${newMessageFields})
)${charging ? lockBatchBalance : ''}, ${takeKeys(`batch where jsonb_typeof(idempotency) = 'object'${charging ? ` and ${isBatchPaid}` : ''}`)}, kept as (
  insert into batches (id, account_id, total, failed_count, created_at)
  select "id", "accountId", "total", "failedCount", "createdAt" from batch
   where (jsonb_typeof(idempotency) is distinct from 'object' or exists (select from keys))
     ${charging ? `and ${isBatchPaid}` : ''}
  returning id
), ${acceptedWhere('exists (select from kept)', charging)}, ${heardAccepted}, ${fanOut}
select exists (select from kept) as written, coalesce((select array_agg(id) from outbox), '{}') as deliveries,
       ${charging ? '(select credits from balances)' : 'null'} as balance`

const insertBatchSql = insertBatchSqlFor(false)
const insertBatchChargingSql = insertBatchSqlFor(true)

/** A pending message as a worker looks at it before it claims. */
export interface PeekedMessage {
  id: string
  sessionId: string
  /** Messages of one chain go in order: same sender, same recipient (and same lane: that of the job). */
  chain: string
  expired: boolean
  /** Until its life ends; null: it has no end. */
  expiresInMs: number | null
  /** Since it was accepted. */
  ageMs: number
  /**
   * Not null: an earlier message of its chain, outside this job, has not been handed over yet, and is itself not
   * due for so many milliseconds.
   */
  blockedMs: number | null
}

interface PeekRow {
  id: string
  session_id: string
  address: string
  expires_in_ms: number | null
  age_ms: number
  blocked_ms: number | null
}

/**
 * Which of these messages are due and unclaimed (200 ms of slack for clocks that differ), in the order of
 * acceptance, and which of them must wait for an earlier one of their chain.
 */
export async function peekMessages(db: Db, ids: string[]): Promise<PeekedMessage[]> {
  const rows = await db.query<PeekRow>('messages-peek', peekSql, [ids])
  return rows.map((row) => ({
    id: row.id,
    sessionId: row.session_id,
    chain: `${row.session_id} ${row.address}`,
    expired: row.expires_in_ms !== null && row.expires_in_ms <= 0,
    expiresInMs: row.expires_in_ms,
    ageMs: row.age_ms,
    blockedMs: row.blocked_ms,
  }))
}

const peekSql = `
with ready as materialized (
  select id, session_id, address, lane, seq, expires_at, created_at from messages
   where id = any($1::uuid[]) and status in ('queued', 'retrying') and due_at <= now() + interval '200 milliseconds'
), chains as (
  select session_id, address, lane, max(seq) as last, count(*) as size from ready group by 1, 2, 3
), barriers as materialized (
  select c.session_id, c.address, c.lane, b.seq, b.due_at
    from chains c cross join lateral (
      select p.seq, p.due_at from (
        select p.id, p.seq, p.due_at from messages p
         where p.session_id = c.session_id and p.address = c.address and p.lane = c.lane
           and p.status in ('queued', 'processing', 'retrying') and p.seq < c.last
         order by p.seq limit c.size) p
       where not exists (select from ready q where q.id = p.id)
       order by p.seq limit 1) b
)
select r.id, r.session_id, r.address, extract(epoch from r.expires_at - now())::float8 * 1000 as expires_in_ms,
       extract(epoch from now() - r.created_at)::float8 * 1000 as age_ms,
       case when b.seq < r.seq
            then greatest(0, extract(epoch from b.due_at - now())::float8 * 1000) end as blocked_ms
  from ready r left join barriers b using (session_id, address, lane)
 order by r.seq`

/**
 * Puts waiting messages off until a later time, by the database's clock, without using an attempt: `untilMs` from
 * now for each.
 */
export async function postponeMessages(db: Db, items: { id: string; untilMs: number }[]): Promise<void> {
  await db.query(
    'messages-postpone',
    `update messages m set rev = m.rev + 1, due_at = now() + x."untilMs" * interval '1 millisecond',
            wake_at = now() + (x."untilMs" + 10000) * interval '1 millisecond'
       from json_to_recordset($1::json) as x("id" uuid, "untilMs" float8)
      where m.id = x."id" and m.status in ('queued', 'retrying')`,
    [JSON.stringify(items)],
  )
}

const stateColumns = [
  'id',
  'account_id',
  'session_id',
  'status',
  'lane',
  'address',
  'metadata',
  'external_id',
  'credits',
  'attempt',
  'attempt_floor',
  'rev',
  'unknown_at',
  'due_at',
  'wake_at',
  'expires_at',
  'created_at',
  'sent_at',
  'delivered_at',
  'read_at',
  'failed_at',
  'error_code',
  'error_message',
]

function columnsOf(table: string): string {
  return stateColumns.map((column) => `${table}.${column}`).join(', ')
}

interface StateRow {
  id: string
  account_id: string
  session_id: string
  status: Status
  lane: Lane
  address: string
  metadata: unknown
  external_id: string | null
  credits: number
  attempt: number
  attempt_floor: number
  rev: number
  unknown_at: Date | null
  due_at: Date
  wake_at: Date | null
  expires_at: Date | null
  created_at: Date
  sent_at: Date | null
  delivered_at: Date | null
  read_at: Date | null
  failed_at: Date | null
  error_code: string | null
  error_message: string | null
}

/**
 * Claims messages for one attempt: a lease of `leaseMs` by the database's clock. A message that is not waiting
 * any more is left out, so that a job that comes twice finds nothing.
 */
export async function claimMessages(db: Db, ids: string[], leaseMs: number): Promise<ClaimedMessage[]> {
  const rows = await db.query<StateRow & { content: MessageContent; reply_to: string | null }>(
    'messages-claim',
    claimSql,
    [ids, leaseMs],
  )
  return rows.map((row) => ({ ...toState(row), content: row.content, replyTo: row.reply_to }))
}

const claimSql = `
with picked as materialized (
  select id, status from messages
   where id = any($1::uuid[]) and status in ('queued', 'retrying') and due_at <= now() + interval '200 milliseconds'
     and (expires_at is null or expires_at > now())
     for update skip locked
), claimed as (
  update messages m set status = 'processing', attempt = attempt + 1, rev = rev + 1, unknown_at = null,
         wake_at = now() + $2 * interval '1 millisecond'
    from picked p where m.id = p.id
  returning ${columnsOf('m')}, m.content, m.reply_to, p.status as was
), counted as (
  insert into counter_deltas (account_id, hour, status, delta)
  select account_id, date_trunc('hour', created_at, 'UTC'), s.status, sum(s.delta)
    from claimed, lateral (values (was, -1), ('processing', 1)) as s(status, delta)
   group by 1, 2, 3
)
select * from claimed`

/** The present state of outbound messages, in no order; ids that do not exist are left out. */
export async function readStates(db: Db, ids: string[]): Promise<MessageState[]> {
  const rows = await db.query<StateRow>(
    'messages-states',
    `select ${columnsOf('m')} from messages m where id = any($1::uuid[]) and direction = 'outbound'`,
    [ids],
  )
  return rows.map(toState)
}

/** The present state of the messages that the provider knows by these ids. */
export async function readStatesByExternalId(db: Db, externalIds: string[]): Promise<MessageState[]> {
  const rows = await db.query<StateRow>(
    'messages-states-external',
    `select ${columnsOf('m')} from messages m where external_id = any($1) and direction = 'outbound'`,
    [externalIds],
  )
  return rows.map(toState)
}

function toState(row: StateRow): MessageState {
  return {
    id: row.id,
    accountId: row.account_id,
    sessionId: row.session_id,
    status: row.status,
    lane: row.lane,
    address: row.address,
    metadata: row.metadata,
    externalId: row.external_id,
    credits: row.credits,
    attempt: row.attempt,
    attemptFloor: row.attempt_floor,
    rev: row.rev,
    unknownAt: row.unknown_at,
    dueAt: row.due_at,
    wakeAt: row.wake_at,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    sentAt: row.sent_at,
    deliveredAt: row.delivered_at,
    readAt: row.read_at,
    failedAt: row.failed_at,
    errorCode: row.error_code,
    errorMessage: row.error_message,
  }
}

/** A message that a customer sent us. */
export interface InboundMessage {
  id: string
  accountId: string
  sessionId: string
  externalId: string
  address: string
  content: unknown
  body: string | null
  replyTo: string | null
  at: Date
}

/**
 * Stores inbound messages, when each customer wrote last, and the events that tell of them; a message that its
 * session has already is left out. Returns the webhook deliveries that wait for their doorbell.
 */
export async function insertInbound(db: Db, messages: InboundMessage[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>('messages-insert-inbound', insertInboundSql, [
    JSON.stringify(messages),
  ])
  return rows.map((row) => row.id)
}

const heardInbound = `heard as materialized (
  select row_number() over (order by created_at) as ord, hermod_uuidv7() as id, account_id,
         'message.received' as type, session_id, m.id as message_id, address as order_key,
         ${receivedPayload('m')} as payload
    from stored m
   where ${isHeard({ account: 'm.account_id', type: `'message.received'`, session: 'm.session_id' })}
)`

// What WhatsApp itself tells about a customer (`system`) are not the customer's words: they open no window.
const insertInboundSql = `
with stored as (
  insert into messages (id, account_id, session_id, direction, status, lane, address, content, body, reply_to,
         external_id, created_at, due_at)
  select "id", "accountId", "sessionId", 'inbound', 'received', 'normal', "address", "content", "body",
         "replyTo", "externalId", "at", "at"
    from json_to_recordset($1::json) as x("id" uuid, "accountId" uuid, "sessionId" uuid, "externalId" text,
         "address" text, "content" jsonb, "body" text, "replyTo" text, "at" timestamptz)
  on conflict (session_id, external_id) where direction = 'inbound' do nothing
  returning id, account_id, session_id, address, content, body, reply_to, external_id, created_at
), opened as (
  insert into contact_windows as w (account_id, address, session_id, last_inbound_at)
  select s.account_id, a.address, s.session_id, max(s.created_at)
    from stored s, lateral (values (s.address), (s.content->>'fromUserId')) as a(address)
   where a.address is not null and s.content->>'type' <> 'system'
   group by 1, 2, 3 order by 1, 2, 3
  on conflict (account_id, address, session_id) do update set last_inbound_at = excluded.last_inbound_at
    where w.last_inbound_at < excluded.last_inbound_at
), ${heardInbound}, ${fanOut}
select id from outbox`
