import {
  linkStates,
  type Device,
  type DevicePurpose,
  type LinkState,
  type PairingMethod,
} from '../../../domain/devices/link.ts'
import { storableText } from '../../../kit/storable.ts'
import type { Db } from '../../client.ts'
import { deviceColumnsOf, toDevice, type DeviceRow } from './row.ts'

/** The devices of sessions, by the ids of the sessions. Those that were never paired have none. */
export async function findDevices(db: Db, sessionIds: string[]): Promise<Map<string, Device>> {
  if (sessionIds.length === 0) return new Map()
  const rows = await db.query<DeviceRow>(
    'devices-by-session',
    `select ${deviceColumnsOf('d')} from devices d where session_id = any($1::uuid[])`,
    [sessionIds],
  )
  return new Map(rows.map((row) => [row.sessionId, toDevice(row)]))
}

/** The device of a session; null for one that was never paired. */
export async function findDevice(db: Db, sessionId: string): Promise<Device | null> {
  return (await findDevices(db, [sessionId])).get(sessionId) ?? null
}

export interface PairingRequest {
  sessionId: string
  accountId: string
  method: PairingMethod
  /** MSISDN digits; of a code only. */
  phone: string | null
  /** How long to wait for the first code. */
  withinMs: number
}

/** Asks for a pairing; null when the device is linked already. A pairing under way is begun anew. */
export async function requestPairing(
  db: Db,
  { sessionId, accountId, method, phone, withinMs }: PairingRequest,
): Promise<Device | null> {
  const [row] = await db.query<DeviceRow>(
    'device-pair',
    `insert into devices as d (session_id, account_id, wanted, purpose, command, state, since, pairing_method,
                               pairing_phone, pairing_until, rev)
     values ($1, $2, true, 'pair', 1, 'pairing', now(), $3, $4, now() + $5 * interval '1 millisecond', 1)
     on conflict (session_id) do update
       set wanted = true, purpose = 'pair', command = d.command + 1, state = 'pairing', since = now(), reason = null,
           next_retry_at = null, restricted_until = null, pairing_method = excluded.pairing_method,
           pairing_phone = excluded.pairing_phone, pairing = null, pairing_until = excluded.pairing_until,
           rev = d.rev + 1
     where d.state in ('unpaired', 'pairing', 'logged_out', 'replaced', 'banned')
     returning ${deviceColumnsOf('d')}`,
    [sessionId, accountId, method, phone, withinMs],
  )
  return row === undefined ? null : toDevice(row)
}

/** The owner's commands that are no pairing: what becomes wanted of the device, and from which states. */
const commands = {
  connect: { wanted: true, purpose: 'link', state: 'connecting', from: ['disconnected', 'replaced'] },
  disconnect: {
    wanted: false,
    purpose: 'link',
    state: 'disconnected',
    from: ['connecting', 'connected', 'disconnected', 'replaced'],
  },
  cancel: { wanted: false, purpose: 'link', state: 'unpaired', from: ['pairing'] },
  logout: {
    wanted: true,
    purpose: 'logout',
    state: 'disconnected',
    from: ['connecting', 'connected', 'disconnected', 'replaced', 'banned'],
  },
  remove: {
    wanted: true,
    purpose: 'logout',
    state: 'disconnected',
    from: linkStates,
  },
} as const satisfies Record<
  string,
  { wanted: boolean; purpose: DevicePurpose; state: LinkState; from: readonly LinkState[] }
>
export type DeviceCommand = keyof typeof commands

/** Gives a command; null when the device is in no state that it is for. */
export async function commandDevice(
  db: Db,
  { sessionId, command, reason }: { sessionId: string; command: DeviceCommand; reason: string | null },
): Promise<Device | null> {
  const { wanted, purpose, state, from } = commands[command]
  const [row] = await db.query<DeviceRow>(
    'device-command',
    `update devices d set wanted = $2, purpose = $3, command = command + 1, state = $4, since = now(), reason = $5,
            next_retry_at = null, pairing = null, pairing_until = null, rev = rev + 1
      where session_id = $1 and state = any($6::text[]) and purpose <> 'logout'
      returning ${deviceColumnsOf('d')}`,
    [sessionId, wanted, purpose, state, reason, from],
  )
  return row === undefined ? null : toDevice(row)
}

/** Has a device that is linked opened anew, with settings that changed; false when nobody wants it connected. */
export async function reloadDevice(db: Db, sessionId: string): Promise<boolean> {
  const rows = await db.query(
    'device-reload',
    `update devices set command = command + 1, rev = rev + 1
      where session_id = $1 and wanted and purpose = 'link' returning session_id`,
    [sessionId],
  )
  return rows.length > 0
}

/** A lease as the process that holds it writes under it. */
export interface LeaseKey {
  sessionId: string
  ownerId: string
  fence: string
}

/** The facts that the holder of a connection reports of it. Fields that are absent stay. */
export interface DeviceReport {
  state?: LinkState
  /** Null: there is none. */
  reason?: string | null
  /** Milliseconds from now. */
  nextRetryInMs?: number | null
  phone?: string
  pushName?: string | null
  /** The code that is shown, encrypted, and for how long it works. */
  pairing?: { encrypted: string; forMs: number } | null
  restrictedUntil?: Date | null
  /** No connection is wanted any more. */
  unwanted?: boolean
  purpose?: DevicePurpose
}

/** Writes a report under a lease; null when the lease is lost or the owner has given another command. */
export async function reportDevice(
  db: Db,
  { sessionId, ownerId, fence, command }: LeaseKey & { command: number },
  report: DeviceReport,
): Promise<Device | null> {
  const [row] = await db.query<DeviceRow>('device-report', reportSql, [
    sessionId,
    ownerId,
    fence,
    command,
    JSON.stringify({
      ...report,
      reason: typeof report.reason === 'string' ? storableText(report.reason) : report.reason,
      pushName:
        typeof report.pushName === 'string' ? storableText(report.pushName).slice(0, 256) : report.pushName,
    }),
  ])
  return row === undefined ? null : toDevice(row)
}

/** The value of a field that is given, even as null, or of the column. */
const given = (field: string, value: string, column: string) =>
  `case when $5::jsonb ? '${field}' then ${value} else ${column} end`

const reportSql = `
update devices d set
  since = case when ${given('state', `$5::jsonb->>'state'`, 'state')} <> state then now() else since end,
  state = ${given('state', `$5::jsonb->>'state'`, 'state')},
  reason = ${given('reason', `$5::jsonb->>'reason'`, 'reason')},
  next_retry_at = ${given('nextRetryInMs', `now() + ($5::jsonb->>'nextRetryInMs')::float8 * interval '1 millisecond'`, 'next_retry_at')},
  phone = ${given('phone', `$5::jsonb->>'phone'`, 'phone')},
  push_name = ${given('pushName', `$5::jsonb->>'pushName'`, 'push_name')},
  pairing = ${given('pairing', `$5::jsonb->'pairing'->>'encrypted'`, 'pairing')},
  pairing_until = ${given('pairing', `now() + ($5::jsonb->'pairing'->>'forMs')::float8 * interval '1 millisecond'`, 'pairing_until')},
  restricted_until = ${given('restrictedUntil', `($5::jsonb->>'restrictedUntil')::timestamptz`, 'restricted_until')},
  wanted = case when $5::jsonb ? 'unwanted' then false else wanted end,
  purpose = ${given('purpose', `$5::jsonb->>'purpose'`, 'purpose')},
  last_seen_at = case when $5::jsonb->>'state' = 'connected' then now() else last_seen_at end,
  rev = rev + 1
 where session_id = $1 and owner_id = $2 and fence = $3::bigint and command = $4
 returning ${deviceColumnsOf('d')}`

/** Forgets the device of a session that is removed, with everything that was kept for it. */
export async function deleteDevice(db: Db, { sessionId, ownerId, fence }: LeaseKey): Promise<void> {
  await db.query(
    'device-delete',
    `with gone as (delete from devices where session_id = $1 and owner_id = $2 and fence = $3::bigint returning session_id),
          chats as (delete from device_chats c using gone where c.session_id = gone.session_id)
     delete from device_keys k using gone where k.session_id = gone.session_id`,
    [sessionId, ownerId, fence],
  )
}
