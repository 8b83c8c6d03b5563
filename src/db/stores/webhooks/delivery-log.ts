import type { DeliveryStatus } from '../../../domain/webhooks/delivery.ts'
import type { Db } from '../../client.ts'
import type { AttemptRecord } from './settle.ts'

/** A delivery as its owner reads it. */
export interface DeliveryView {
  id: string
  endpointId: string
  eventId: string
  type: string
  status: DeliveryStatus
  /** Attempts so far. */
  attempts: number
  /** The result of the last attempt: the HTTP status (0: no answer) and an error kind. */
  lastStatus: number | null
  lastError: string | null
  nextAttemptAt: Date | null
  deliveredAt: Date | null
  createdAt: Date
  /** A sample that was asked for. */
  test: boolean
}

/** One attempt, as its owner reads it. */
export type AttemptView = AttemptRecord & { trigger: 'schedule' | 'manual'; nextAttemptAt: Date | null }

export interface DeliveryDetail extends DeliveryView {
  payload: string
  log: AttemptView[]
}

const columns = `d.id, d.endpoint_id as "endpointId", d.event_id as "eventId", e.type, d.status,
  d.attempt as attempts, d.last_status as "lastStatus", d.last_error as "lastError",
  case when d.status = 'pending' then d.due_at end as "nextAttemptAt", d.delivered_at as "deliveredAt",
  d.created_at as "createdAt", e.test`

/** Which deliveries of an endpoint to list; ids bound them in time. */
export interface DeliveryFilter {
  accountId: string
  endpointId: string
  status: DeliveryStatus | null
  type: string | null
  /** Older than this id. */
  before: string
  /** Not older than this id. */
  from: string
  limit: number
}

/** A filter that matches little looks at so many rows a page, and says where to go on. */
const scannedMax = 20_000

/** Deliveries of an endpoint, the newest first; `scannedTo` is where the look ended, when it was not the end. */
export async function listDeliveries(
  db: Db,
  filter: DeliveryFilter,
): Promise<{ deliveries: DeliveryView[]; scannedTo: string | null }> {
  const rows = await db.query<Partial<DeliveryView> & { last: string; scanned: number }>(
    'deliveries-list',
    `with scanned as materialized (
       select d.* from webhook_deliveries d
        where d.endpoint_id = $2 and d.account_id = $1 and d.id < $5 and d.id >= $6
        order by d.id desc limit $8
     ), found as (
       select ${columns} from scanned d join webhook_events e on e.id = d.event_id
        where ($3::text is null or d.status = $3) and ($4::text is null or e.type = $4)
        order by d.id desc limit $7)
     select f.*, s.last, s.scanned
       from (select min(id::text)::uuid as last, count(*)::int as scanned from scanned) s
       left join found f on true`,
    [
      filter.accountId,
      filter.endpointId,
      filter.status,
      filter.type,
      filter.before,
      filter.from,
      filter.limit,
      scannedMax,
    ],
  )
  const [first] = rows
  return {
    deliveries: rows.flatMap((row) => (isView(row) ? [row] : [])),
    scannedTo: first?.scanned === scannedMax ? first.last : null,
  }
}

function isView(row: Partial<DeliveryView>): row is DeliveryView {
  return typeof row.id === 'string'
}

/** One delivery of an account with its event and its attempts, the first one first; null when there is none. */
export async function findDelivery(db: Db, accountId: string, id: string): Promise<DeliveryDetail | null> {
  const [row] = await db.query<DeliveryView & { payload: string }>(
    'delivery-find',
    `select ${columns}, e.payload from webhook_deliveries d join webhook_events e on e.id = d.event_id
      where d.id = $2 and d.account_id = $1`,
    [accountId, id],
  )
  if (row === undefined) return null
  const log = await db.query<AttemptView>(
    'delivery-attempts',
    `select id, attempt, trigger, url, status, error, latency_ms as "latencyMs", remote_address as "remoteAddress",
            response_headers as "responseHeaders", response_body as "responseBody",
            next_attempt_at as "nextAttemptAt", created_at as at
       from webhook_attempts where delivery_id = $2 and account_id = $1 order by id limit 200`,
    [accountId, id],
  )
  return { ...row, log }
}

/**
 * Makes a delivery due at once: one that is over gets an attempt by hand, one that waits gets its next one now.
 * Returns what stands in the way, if something does.
 */
export async function makeDue(
  db: Db,
  accountId: string,
  id: string,
): Promise<'due' | 'under way' | 'no endpoint' | 'missing'> {
  const [row] = await db.query<{ status: DeliveryStatus; exists: boolean; due: boolean }>(
    'delivery-make-due',
    `with found as materialized (
       select d.id, d.status, w.id is not null as exists
         from webhook_deliveries d left join webhook_endpoints w on w.id = d.endpoint_id
        where d.id = $2 and d.account_id = $1 for update of d
     ), made as (
       update webhook_deliveries d
          set manual = d.manual or f.status <> 'pending', status = 'pending', due_at = now(),
              wake_at = now() + interval '10 seconds'
         from found f where d.id = f.id and f.exists and f.status <> 'delivering'
       returning d.id)
     select f.status, f.exists, exists (select from made) as due from found f`,
    [accountId, id],
  )
  if (row === undefined) return 'missing'
  if (row.due) return 'due'
  return row.exists ? 'under way' : 'no endpoint'
}

/** A sample event for one endpoint, due at once by hand. Null when the account has no such endpoint. */
export async function insertTestDelivery(
  db: Db,
  test: {
    deliveryId: string
    eventId: string
    accountId: string
    endpointId: string
    type: string
    payload: string
  },
): Promise<string | null> {
  const [row] = await db.query<{ id: string }>(
    'delivery-test',
    `with endpoint as (
       select id, account_id from webhook_endpoints where id = $4 and account_id = $3
     ), event as (
       insert into webhook_events (id, account_id, type, payload, test, created_at)
       select $2, account_id, $5, $6, true, now() from endpoint returning id
     )
     insert into webhook_deliveries (id, account_id, event_id, endpoint_id, manual, due_at, wake_at, created_at)
     select $1, h.account_id, e.id, h.id, true, now(), now() + interval '10 seconds', now() from endpoint h, event e
     returning id`,
    [test.deliveryId, test.eventId, test.accountId, test.endpointId, test.type, test.payload],
  )
  return row?.id ?? null
}

/** Deletes up to `limit` attempts that are older than the id. */
export async function deleteOldAttempts(db: Db, beforeId: string, limit: number): Promise<void> {
  await db.query(
    'retention-webhook-attempts',
    `delete from webhook_attempts where id in (
       select id from webhook_attempts where id < $1 order by id limit $2 for update skip locked)`,
    [beforeId, limit],
  )
}
