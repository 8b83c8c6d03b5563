import type { Device } from '../../../domain/devices/link.ts'
import type { Db } from '../../client.ts'
import { deviceColumnsOf, toDevice, type DeviceRow } from './row.ts'

/** A device that this process holds, as it is now. */
export type HeldDevice = Device & { leaseEndMs: number }

interface HeldRow extends DeviceRow {
  wantedCount: number
  workers: number
}

/** The share of the work that falls to each process. */
export interface FairShare {
  /** Devices for which a connection is wanted. */
  wanted: number
  /** Processes that can hold connections. */
  workers: number
}

/**
 * Says that this process is alive for `leaseMs`, and renews its leases. Answers which devices it still holds, each
 * as it is now, with the end of the lease on this process's monotonic clock.
 */
export async function renewLeases(
  db: Db,
  {
    ownerId,
    held,
    leaseMs,
  }: { ownerId: string; held: { sessionId: string; fence: string }[]; leaseMs: number },
): Promise<HeldDevice[]> {
  const askedMs = performance.now()
  const rows = await db.query<HeldRow>(
    'device-leases-renew',
    `with worker as (
       insert into device_workers (id, alive_until) values ($1, now() + $3 * interval '1 millisecond')
       on conflict (id) do update set alive_until = excluded.alive_until
     )
     update devices d set lease_until = now() + $3 * interval '1 millisecond',
            last_seen_at = case when d.state = 'connected' then now() else d.last_seen_at end
       from json_to_recordset($2::json) as x("sessionId" uuid, fence text)
      where d.session_id = x."sessionId" and d.owner_id = $1 and d.fence = x.fence::bigint
     returning ${deviceColumnsOf('d')}`,
    [ownerId, JSON.stringify(held), leaseMs],
  )
  return rows.map((row) => ({ ...toDevice(row), leaseEndMs: askedMs + leaseMs }))
}

/** How many devices want a connection, and how many processes share them. */
export async function readFairShare(db: Db): Promise<FairShare> {
  const [row] = await db.query<{ wanted: number; workers: number }>(
    'device-share',
    `select (select count(*)::int from devices where wanted) as wanted,
            (select count(*)::int from device_workers where alive_until > now()) as workers`,
    [],
  )
  return { wanted: row?.wanted ?? 0, workers: Math.max(1, row?.workers ?? 1) }
}

/**
 * Takes the leases of at most `max` devices that want a connection and have no holder; each gets a new number. One that
 * was connected elsewhere is not, until it is here.
 */
export async function claimDevices(
  db: Db,
  { ownerId, max, leaseMs }: { ownerId: string; max: number; leaseMs: number },
): Promise<HeldDevice[]> {
  const askedMs = performance.now()
  const rows = await db.query<DeviceRow>(
    'device-leases-claim',
    `with free as materialized (
       select session_id from devices where wanted and (lease_until is null or lease_until < now())
        order by lease_until nulls first limit $2 for update skip locked
     )
     update devices d set owner_id = $1, fence = d.fence + 1, lease_until = now() + $3 * interval '1 millisecond',
            since = case when d.state = 'connected' then now() else d.since end,
            state = case when d.state = 'connected' then 'connecting' else d.state end, rev = d.rev + 1
       from free f where d.session_id = f.session_id
     returning ${deviceColumnsOf('d')}`,
    [ownerId, max, leaseMs],
  )
  return rows.map((row) => ({ ...toDevice(row), leaseEndMs: askedMs + leaseMs }))
}

/** Gives a lease back, so that any process may take it at once. */
export async function releaseLease(
  db: Db,
  { sessionId, ownerId, fence }: { sessionId: string; ownerId: string; fence: string },
): Promise<void> {
  await db.query(
    'device-lease-release',
    `update devices set owner_id = null, lease_until = null
      where session_id = $1 and owner_id = $2 and fence = $3::bigint`,
    [sessionId, ownerId, fence],
  )
}

/** Says that this process takes no devices any more. */
export async function retireWorker(db: Db, ownerId: string): Promise<void> {
  await db.query(
    'device-worker-retire',
    `delete from device_workers where id = $1 or alive_until < now() - interval '1 hour'`,
    [ownerId],
  )
}
