import type { Db } from '../client.ts'

/** One event on its way to one endpoint, claimed for an attempt. */
export interface ClaimedDelivery {
  id: string
  accountId: string
  eventId: string
  endpointId: string
  attempt: number
  payload: string
  /** When the event happened. */
  createdAt: Date
  /** The endpoint as it is now, not as it was when the event happened; null when it is gone or disabled. */
  endpoint: { url: string; secret: string } | null
}

interface DeliveryRow {
  id: string
  account_id: string
  event_id: string
  endpoint_id: string
  attempt: number
  payload: string
  created_at: Date
  url: string | null
  secret: string | null
}

/**
 * Claims due deliveries for one attempt, with a lease of `leaseMs` by the database's clock; those to an endpoint
 * that is `crowded` are left where they are.
 */
export async function claimDeliveries(
  db: Db,
  { ids, leaseMs, crowded }: { ids: string[]; leaseMs: number; crowded: string[] },
): Promise<ClaimedDelivery[]> {
  const rows = await db.query<DeliveryRow>(
    'deliveries-claim',
    `with picked as materialized (
       select id from webhook_deliveries
        where id = any($1::uuid[]) and due_at <= now() and endpoint_id <> all ($3::uuid[])
          and (status = 'pending' or (status = 'delivering' and wake_at <= now()))
          for update skip locked
     ), claimed as (
       update webhook_deliveries d set status = 'delivering', attempt = attempt + 1,
              wake_at = now() + $2 * interval '1 millisecond'
         from picked p where d.id = p.id
       returning d.id, d.account_id, d.event_id, d.endpoint_id, d.attempt
     )
     select c.*, e.payload, e.created_at, w.url, w.secret
       from claimed c join webhook_events e on e.id = c.event_id
       left join webhook_endpoints w on w.id = c.endpoint_id and w.enabled`,
    [ids, leaseMs, crowded],
  )
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    eventId: row.event_id,
    endpointId: row.endpoint_id,
    attempt: row.attempt,
    payload: row.payload,
    createdAt: row.created_at,
    endpoint: row.url === null || row.secret === null ? null : { url: row.url, secret: row.secret },
  }))
}

/** Which of these deliveries still wait, and go to one of these endpoints. */
export async function findCrowded(db: Db, ids: string[], crowded: string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    'deliveries-crowded',
    `select id from webhook_deliveries
      where id = any($1::uuid[]) and endpoint_id = any($2::uuid[]) and status = 'pending'`,
    [ids, crowded],
  )
  return rows.map((row) => row.id)
}

/** What came of an attempt to deliver. `dueInMs` is given when there will be another one. */
export interface DeliveryOutcome {
  id: string
  attempt: number
  status: 'delivered' | 'pending' | 'failed' | 'canceled'
  dueInMs: number | null
  /** The attempt was not made after all, and does not count. */
  unused: boolean
  /** The HTTP status; 0 when there was no answer. */
  lastStatus: number
  lastError: string | null
}

/** Records outcomes; one whose attempt is not the present one has lost its lease and changes nothing. */
export async function settleDeliveries(db: Db, outcomes: DeliveryOutcome[]): Promise<void> {
  await db.query(
    'deliveries-settle',
    `update webhook_deliveries d set status = o."status",
            attempt = d.attempt - o."unused"::int, last_status = o."lastStatus",
            last_error = o."lastError",
            due_at = now() + coalesce(o."dueInMs", 0) * interval '1 millisecond',
            wake_at = now() + (o."dueInMs" + 10000) * interval '1 millisecond',
            delivered_at = case when o."status" = 'delivered' then now() end
       from json_to_recordset($1::json) as o("id" uuid, "attempt" int, "status" text, "dueInMs" float8,
              "unused" boolean, "lastStatus" int, "lastError" text)
      where d.id = o."id" and d.attempt = o."attempt" and d.status = 'delivering'`,
    [JSON.stringify(outcomes)],
  )
}

/** Deliveries whose doorbell is overdue or whose lease ran out; each is put off, so that it is not rung twice. */
export async function sweepDeliveries(db: Db, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    'deliveries-sweep',
    `with late as (
       select id from webhook_deliveries where wake_at <= now() order by wake_at limit $1 for update skip locked)
     update webhook_deliveries d
        set status = 'pending', wake_at = now() + greatest(interval '15 seconds', least(now() - due_at, interval '10 minutes'))
       from late where d.id = late.id returning d.id`,
    [limit],
  )
  return rows.map((row) => row.id)
}
