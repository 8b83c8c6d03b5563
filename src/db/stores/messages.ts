import type { MessageContent } from '../../domain/content.ts'
import type { ClaimedMessage, Lane, MessageState } from '../../domain/message.ts'
import type { Status } from '../../domain/status.ts'
import type { Db } from '../client.ts'
import { chargeAccepted, isBatchPaid, isPaid, lockBatchPurse, lockPurses } from './credit-sql.ts'
import type { NewIdempotency } from './idempotency.ts'

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
 * records and the counters. A message whose idempotency key is already taken, or whose API key is revoked, is left
 * out, and with `charging` also one that its account cannot pay; the others are debited in the same commit.
 */
export async function insertMessages(
  db: Db,
  messages: NewMessage[],
  { charging }: { charging: boolean },
): Promise<{ written: Set<string>; unpaid: Set<string> }> {
  const [name, text] = charging
    ? ['messages-insert-charging', insertChargingSql]
    : ['messages-insert', insertSql]
  const rows = await db.query<{ id: string; unpaid: boolean }>(name, text, [JSON.stringify(messages)])
  const idsWhere = (unpaid: boolean) =>
    new Set(rows.filter((row) => row.unpaid === unpaid).map(({ id }) => id))
  return { written: idsWhere(false), unpaid: idsWhere(true) }
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
  returning id, account_id, status, created_at${charging ? ', credits' : ''}
), entries as (
  insert into message_events (message_id, status, key, at) select id, status, 'accepted', created_at from accepted
), counted as (
  insert into counter_deltas (account_id, hour, status, delta)
  select account_id, date_trunc('hour', created_at, 'UTC'), status, count(*) from accepted group by 1, 2, 3
)${charging ? chargeAccepted : ''}`

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
)${charging ? lockPurses : ''}, ${takeKeys(`input where jsonb_typeof(idempotency) = 'object' and ${mayWrite}`)}, ${acceptedWhere(
    `${mayWrite}
  and (jsonb_typeof(idempotency) is distinct from 'object'
    or exists (select from keys k where k.account_id = i."accountId" and k.key = i.idempotency->>'key'))`,
    charging,
  )}
select id, false as unpaid from accepted${charging ? ' union all select "id", true from unpaid' : ''}`
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

/** What came of a batch. `purse`, where credits are charged: what the account had before. */
export interface BatchInsert {
  written: boolean
  purse: number | null
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
  const [row] = await db.query<{ written: boolean; purse: string | null }>(name, text, [
    JSON.stringify(messages),
    JSON.stringify({ ...batch, idempotency }),
  ])
  return { written: row?.written ?? false, purse: row?.purse == null ? null : Number(row.purse) }
}

const insertBatchSqlFor = (charging: boolean): string => `
with batch as materialized (
  select * from json_to_record($2::json) as b("id" uuid, "accountId" uuid, "total" int, "failedCount" int,
    "createdAt" timestamptz, "idempotency" jsonb)
), input as materialized (
  select x.*, ordinality from json_array_elements($1::json) with ordinality as e(item, ordinality),
    json_to_record(e.item) as x(${newMessageFields})
)${charging ? lockBatchPurse : ''}, ${takeKeys(`batch where jsonb_typeof(idempotency) = 'object'${charging ? ` and ${isBatchPaid}` : ''}`)}, kept as (
  insert into batches (id, account_id, total, failed_count, created_at)
  select "id", "accountId", "total", "failedCount", "createdAt" from batch
   where (jsonb_typeof(idempotency) is distinct from 'object' or exists (select from keys))
     ${charging ? `and ${isBatchPaid}` : ''}
  returning id
), ${acceptedWhere('exists (select from kept)', charging)}
select exists (select from kept) as written, ${charging ? '(select credits from purses)' : 'null'} as purse`

const insertBatchSql = insertBatchSqlFor(false)
const insertBatchChargingSql = insertBatchSqlFor(true)

/** A pending message as a worker looks at it before it claims. */
export interface PeekedMessage {
  id: string
  sessionId: string
  /** Messages of one chain go in order: same sender, same recipient (and same lane: that of the job). */
  chain: string
  expired: boolean
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
  expired: boolean
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
    expired: row.expired,
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
select r.id, r.session_id, r.address, coalesce(r.expires_at <= now(), false) as expired,
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
 * Stores inbound messages, and when each customer wrote last; a message that its session has already is left out.
 * Returns the ids that were new.
 */
export async function insertInbound(db: Db, messages: InboundMessage[]): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>('messages-insert-inbound', insertInboundSql, [
    JSON.stringify(messages),
  ])
  return new Set(rows.map((row) => row.id))
}

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
  returning id, account_id, session_id, address, content, created_at
), opened as (
  insert into contact_windows as w (account_id, address, session_id, last_inbound_at)
  select s.account_id, a.address, s.session_id, max(s.created_at)
    from stored s, lateral (values (s.address), (s.content->>'fromUserId')) as a(address)
   where a.address is not null and s.content->>'type' <> 'system'
   group by 1, 2, 3 order by 1, 2, 3
  on conflict (account_id, address, session_id) do update set last_inbound_at = excluded.last_inbound_at
    where w.last_inbound_at < excluded.last_inbound_at
)
select id from stored`
