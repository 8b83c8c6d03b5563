import { linkStateFrom, pairingMethodFrom, purposeFrom, type Device } from '../../../domain/devices/link.ts'

/** A row of `devices`, under the names of the domain. */
export interface DeviceRow extends Omit<Device, 'state' | 'purpose' | 'pairingMethod'> {
  state: string
  purpose: string
  pairingMethod: string | null
}

/** The columns of a `DeviceRow`, of the table with this alias. A lease that has run out is nobody's. */
export function deviceColumnsOf(t: string): string {
  return `${t}.session_id as "sessionId", ${t}.account_id as "accountId", ${t}.wanted, ${t}.purpose, ${t}.command,
  ${t}.state, ${t}.since, ${t}.phone, ${t}.push_name as "pushName", ${t}.last_seen_at as "lastSeenAt", ${t}.reason,
  ${t}.next_retry_at as "nextRetryAt", ${t}.restricted_until as "restrictedUntil",
  ${t}.pairing_method as "pairingMethod", ${t}.pairing_phone as "pairingPhone", ${t}.pairing,
  ${t}.pairing_until as "pairingUntil", case when ${t}.lease_until > now() then ${t}.owner_id end as "ownerId",
  ${t}.fence::text as fence, ${t}.rev`
}

/** A row as a device. */
export function toDevice(row: DeviceRow): Device {
  return {
    ...row,
    state: linkStateFrom(row.state),
    purpose: purposeFrom(row.purpose),
    pairingMethod: pairingMethodFrom(row.pairingMethod),
  }
}
