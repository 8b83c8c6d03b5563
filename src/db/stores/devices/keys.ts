import type { Db } from '../../client.ts'
import type { LeaseKey } from './devices.ts'

/** A value of a device's memory, encrypted. */
export interface DeviceKeyRow {
  name: string
  value: string
}

/** Values of one type, by their names. */
export function readDeviceKeys(
  db: Db,
  { sessionId, type, names }: { sessionId: string; type: string; names: readonly string[] },
): Promise<DeviceKeyRow[]> {
  return db.query<DeviceKeyRow>(
    'device-keys-read',
    `select name, value from device_keys where session_id = $1 and type = $2 and name = any($3::text[])`,
    [sessionId, type, names],
  )
}

/** A value to be written; null deletes it. */
export interface DeviceKeyEntry {
  type: string
  name: string
  value: string | null
}

/**
 * Writes values under a lease, all of them or none. False when the lease is lost: nothing is written then. The row of
 * the device is locked meanwhile, so that no other process can take the lease while the values are written.
 */
export async function writeDeviceKeys(
  db: Db,
  { sessionId, ownerId, fence }: LeaseKey,
  entries: readonly DeviceKeyEntry[],
): Promise<boolean> {
  const [row] = await db.query<{ held: number }>('device-keys-write', writeSql, [
    sessionId,
    ownerId,
    fence,
    JSON.stringify(entries),
  ])
  return (row?.held ?? 0) > 0
}

const writeSql = `
with held as materialized (
  select session_id, account_id from devices
   where session_id = $1 and owner_id = $2 and fence = $3::bigint for share
), entries as materialized (
  select x.type, x.name, x.value from json_to_recordset($4::json) as x(type text, name text, value text)
), gone as (
  delete from device_keys k using held h, entries e
   where k.session_id = h.session_id and k.type = e.type and k.name = e.name and e.value is null
), put as (
  insert into device_keys (account_id, session_id, type, name, value)
  select h.account_id, h.session_id, e.type, e.name, e.value from held h cross join entries e
   where e.value is not null order by e.type, e.name
  on conflict (session_id, type, name) do update set value = excluded.value, updated_at = now()
)
select count(*)::int as held from held`

/** Forgets a device's memory, under a lease. */
export async function clearDeviceKeys(db: Db, { sessionId, ownerId, fence }: LeaseKey): Promise<void> {
  await db.query(
    'device-keys-clear',
    `with held as materialized (
       select session_id from devices where session_id = $1 and owner_id = $2 and fence = $3::bigint for share
     )
     delete from device_keys k using held where k.session_id = held.session_id`,
    [sessionId, ownerId, fence],
  )
}

/** Keeps a value beside the device's memory, under no lease: for what any process may add, such as an uploaded file. */
export async function addDeviceKey(
  db: Db,
  { accountId, sessionId, type, name, value }: DeviceKeyEntry & { accountId: string; sessionId: string },
): Promise<void> {
  await db.query(
    'device-keys-add',
    `insert into device_keys (account_id, session_id, type, name, value) values ($1, $2, $3, $4, $5)
     on conflict (session_id, type, name) do nothing`,
    [accountId, sessionId, type, name, value],
  )
}

/** Deletes keys of files that WhatsApp does not keep any more, at most `max` at once. */
export async function deleteOldFileKeys(db: Db, max: number): Promise<void> {
  await db.query(
    'device-keys-old-files',
    `delete from device_keys where id in (
       select id from device_keys where type in ('media', 'upload') and updated_at < now() - interval '60 days'
        order by updated_at limit $1)`,
    [max],
  )
}
