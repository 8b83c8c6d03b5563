import type { Lane } from '../../../domain/messages/message.ts'
import type { Db } from '../../client.ts'

/** The backlog of one lane or table. */
export interface Backlog {
  count: number
  /** How long the one that waits longest has been due; 0 when none is. */
  oldestSeconds: number
}

interface BacklogRow {
  count: string
  oldest: number | null
}

function toBacklog(row: BacklogRow | undefined): Backlog {
  return { count: Number(row?.count ?? 0), oldestSeconds: Math.max(0, row?.oldest ?? 0) }
}

/**
 * Messages that wait to be handed over, by lane; lanes without any are left out. Looks at `rowsMax` pending rows at
 * most, those first that the sweeper would take first.
 */
export async function readMessageBacklog(db: Db, rowsMax: number): Promise<Map<Lane, Backlog>> {
  const rows = await db.query<BacklogRow & { lane: Lane }>(
    'backlog-messages',
    `with pending as materialized (
       select lane, status, due_at from messages where wake_at is not null order by wake_at limit $1)
     select lane, count(*) as count, extract(epoch from now() - min(due_at))::float8 as oldest
       from pending where status in ('queued', 'retrying') group by lane`,
    [rowsMax],
  )
  return new Map(rows.map((row) => [row.lane, toBacklog(row)]))
}

/** Webhook deliveries that are not over; `rowsMax` at most. Their age counts from the event. */
export async function readDeliveryBacklog(db: Db, rowsMax: number): Promise<Backlog> {
  const [row] = await db.query<BacklogRow>(
    'backlog-deliveries',
    `with pending as materialized (
       select created_at from webhook_deliveries where wake_at is not null order by wake_at limit $1)
     select count(*) as count, extract(epoch from now() - min(created_at))::float8 as oldest from pending`,
    [rowsMax],
  )
  return toBacklog(row)
}

/** Breakers that are open, and that are half open. */
export interface BreakerCounts {
  open: number
  half_open: number
}

/** How many senders are held back. */
export function countSenderBreakers(db: Db): Promise<BreakerCounts> {
  return countBreakers(db, 'sessions')
}

/** How many webhook endpoints are held back. */
export function countEndpointBreakers(db: Db): Promise<BreakerCounts> {
  return countBreakers(db, 'webhook_endpoints')
}

async function countBreakers(db: Db, table: 'sessions' | 'webhook_endpoints'): Promise<BreakerCounts> {
  const [row] = await db.query<{ open: string; half: string }>(
    `backlog-breakers-${table}`,
    `select count(*) filter (where breaker_until > now()) as open,
            count(*) filter (where breaker_until <= now()) as half
       from ${table} where breaker_until is not null`,
    [],
  )
  return { open: Number(row?.open ?? 0), half_open: Number(row?.half ?? 0) }
}
