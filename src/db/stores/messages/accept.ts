import type { MessageContent } from '../../../domain/messages/content.ts'
import type { Lane } from '../../../domain/messages/message.ts'
import { stringifyInTurns } from '../../../kit/concurrency/turns.ts'
import type { Db, Statements } from '../../client.ts'
import { chargeAccepted, isBatchPaid, isPaid, lockBatchBalance, lockBalances } from '../billing/credit-sql.ts'
import { fanOut, hasSubscriber } from '../webhooks/outbox.ts'
import type { NewIdempotency } from './idempotency.ts'
import { countedAs } from './counted-sql.ts'
import { messagePayload } from './payload-sql.ts'

/** A message as it is new_messages. */
export interface NewMessage {
  id: string
  accountId: string
  sessionId: string
  batchId: string | null
  status: 'queued' | 'scheduled'
  lane: Lane
  address: string
  content: MessageContent
  /** Its true content where `content` is masked, encrypted; null for all others. */
  sealed: string | null
  body: string | null
  metadata: unknown
  replyTo: string | null
  dryRun: boolean
  /** The credits that it costs, where credits are charged. */
  credits: number
  createdAt: Date
  dueAt: Date
  wakeAt: Date
  scheduledFor: Date | null
  expiresAt: Date
  /** The life that its sender named; null: the installation's. */
  ttlSeconds: number | null
  /** The idempotency record that is written with it, if its sender gave a key. */
  idempotency: NewIdempotency | null
  /** The API key that asked for it; it must be live_keys at the moment of writing. */
  keyId: string
}

/**
 * Accepts messages in one statement and one commit: the rows, their first timeline entries, their idempotency
 * records, the counters and the webhook outbox. A message whose idempotency key is already taken, or whose API key
 * is revoked, is left out, and with `charging` also one that its account cannot pay; the others are debited in the
 * same commit.
 */
export async function insertMessages(
  db: Statements,
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

/** The result of an insert of accepted messages. */
export interface InsertResult {
  /** Ids of the messages that were written. */
  written: Set<string>
  /** Ids of those that their accounts cannot pay. */
  unpaid: Set<string>
  /** Webhook deliveries that must be enqueued. */
  deliveries: string[]
}

/** The columns of a new message, out of JSON. */
const newMessageFields = `"id" uuid, "accountId" uuid, "sessionId" uuid, "batchId" uuid, "status" text,
  "lane" text, "address" text, "content" jsonb, "sealed" text, "body" text, "metadata" jsonb, "replyTo" text,
  "dryRun" boolean, "credits" int, "createdAt" timestamptz, "dueAt" timestamptz, "wakeAt" timestamptz,
  "scheduledFor" timestamptz, "expiresAt" timestamptz, "ttlSeconds" int, "idempotency" jsonb, "keyId" uuid`

/**
 * Writes those of `input` that a condition lets through, with their first timeline entries and counters; with
 * `charging` also what they cost.
 */
const acceptedWhere = (condition: string, charging: boolean): string => `new_messages as (
  insert into messages (id, account_id, session_id, batch_id, status, lane, address, content, sealed, body, metadata,
    reply_to, dry_run, created_at, due_at, wake_at, scheduled_for, expires_at, ttl_seconds${charging ? ', credits' : ''})
  select "id", "accountId", "sessionId", "batchId", "status", "lane", "address", "content", "sealed", "body", "metadata",
    "replyTo", "dryRun", "createdAt", case "status" when 'queued' then now() else "dueAt" end, "wakeAt",
    "scheduledFor", "expiresAt", "ttlSeconds"${charging ? ', "credits"' : ''}
    from input i where ${condition} order by ordinality
  returning id, account_id, session_id, batch_id, status, address, metadata, dry_run, created_at${charging ? ', credits' : ''}
), timeline as (
  insert into message_events (message_id, status, key, at) select id, status, 'accepted', created_at from new_messages
), counter_changes as (
  insert into counter_deltas (account_id, hour, status, delta)
  select account_id, date_trunc('hour', created_at, 'UTC'), ${countedAs('status')}, count(*)
    from new_messages group by 1, 2, 3
)${charging ? chargeAccepted : ''}`

/** `message.queued`, for the accounts that ask for it: one look at each account's endpoints, not at each message's. */
const queuedEvents = `subscribed_accounts as materialized (
  select i.id from (select distinct "accountId" as id from input) i
   where ${hasSubscriber({ account: 'i.id', type: `'message.queued'`, session: 'null::uuid' })}
), new_events as materialized (
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
           dryRun: 'm.dry_run',
           provider: 'null::json',
           sequence: '0',
         })} as payload
    from new_messages m
   where m.status = 'queued' and m.account_id = any (array(select id from subscribed_accounts))
     and ${hasSubscriber({ account: 'm.account_id', type: `'message.queued'`, session: 'm.session_id' })}
)`

/** Claims the idempotency keys of some rows, unless another request holds them and they are still alive. */
const claimIdempotencyKeys = (rows: string): string => `claimed_keys as (
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
  const mayWrite = `"keyId" in (select id from live_keys)${charging ? ` and ${isPaid}` : ''}`
  return `
with input as materialized (
  select x.*, ordinality from json_array_elements($1::json) with ordinality as e(item, ordinality),
    json_to_record(e.item) as x(${newMessageFields})
), live_keys as materialized (
  select k.id from api_keys k join accounts a on a.id = k.account_id
   where k.id in (select "keyId" from input) and k.revoked_at is null and a.state = 'active'
)${charging ? lockBalances : ''}, ${claimIdempotencyKeys(`input where jsonb_typeof(idempotency) = 'object' and ${mayWrite}`)}, ${acceptedWhere(
    `${mayWrite}
  and (jsonb_typeof(idempotency) is distinct from 'object'
    or exists (select from claimed_keys k where k.account_id = i."accountId" and k.key = i.idempotency->>'key'))`,
    charging,
  )}, ${queuedEvents}, ${fanOut}
select id, 'message' as what from new_messages union all select id, 'delivery' from new_deliveries
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

/** The result of an insert of a batch. `balance`: the credits that the account had before, where credits are charged. */
export interface BatchInsert {
  written: boolean
  balance: number | null
  /** Webhook deliveries that must be enqueued. */
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
    [await stringifyInTurns(messages), JSON.stringify({ ...batch, idempotency })],
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
)${charging ? lockBatchBalance : ''}, ${claimIdempotencyKeys(`batch where jsonb_typeof(idempotency) = 'object'${charging ? ` and ${isBatchPaid}` : ''}`)}, new_batch as (
  insert into batches (id, account_id, total, failed_count, created_at)
  select "id", "accountId", "total", "failedCount", "createdAt" from batch
   where (jsonb_typeof(idempotency) is distinct from 'object' or exists (select from claimed_keys))
     ${charging ? `and ${isBatchPaid}` : ''}
  returning id
), ${acceptedWhere('exists (select from new_batch)', charging)}, ${queuedEvents}, ${fanOut}
select exists (select from new_batch) as written, coalesce((select array_agg(id) from new_deliveries), '{}') as deliveries,
       ${charging ? '(select credits from balances)' : 'null'} as balance`

const insertBatchSql = insertBatchSqlFor(false)
const insertBatchChargingSql = insertBatchSqlFor(true)
