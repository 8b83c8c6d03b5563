import { sessionHealth } from '../../../domain/sessions/health.ts'
import type { LiveSession, RemovedSession, Session } from '../../../domain/sessions/session.ts'

/** A row of `sessions`, flat as the table has it. */
export interface SessionRow {
  id: string
  accountId: string
  name: string
  provider: string
  isDefault: boolean
  credentials: string
  senderId: string | null
  pastSenderIds: string[]
  state: string
  stopCode: string | null
  stopDetail: string | null
  ratePerSecond: number
  onUnknown: string
  previewLinks: boolean
  displayPhoneNumber: string | null
  verifiedName: string | null
  qualityRating: string | null
  verifiedAt: Date | null
  businessAccountId: string | null
  breakerUntil: Date | null
  breakerTrips: number
  breakerCode: string | null
  breakerDetail: string | null
  lastErrorCode: string | null
  lastErrorDetail: string | null
  lastErrorAt: Date | null
  health: unknown
  createdAt: Date
  updatedAt: Date
}

/** The columns of a `SessionRow`, for statements on the table `sessions`. */
export const sessionColumns = `id, account_id as "accountId", name, provider, is_default as "isDefault", credentials,
  sender_id as "senderId", past_sender_ids as "pastSenderIds", state, stop_code as "stopCode",
  stop_detail as "stopDetail", rate_per_second as "ratePerSecond", on_unknown as "onUnknown",
  preview_links as "previewLinks",
  display_phone_number as "displayPhoneNumber", verified_name as "verifiedName",
  quality_rating as "qualityRating", verified_at as "verifiedAt", business_account_id as "businessAccountId",
  breaker_until as "breakerUntil", breaker_trips as "breakerTrips", breaker_code as "breakerCode",
  breaker_detail as "breakerDetail", last_error_code as "lastErrorCode", last_error_detail as "lastErrorDetail",
  last_error_at as "lastErrorAt", health, created_at as "createdAt", updated_at as "updatedAt"`

/** A row as a session, of whatever state. */
export function toSession(row: SessionRow): Session {
  return row.state === 'removed' ? { ...factsOf(row), state: 'removed' } : toLiveSession(row)
}

/** A row of a statement that leaves removed sessions out. */
export function toLiveSession(row: SessionRow): LiveSession {
  const { credentials, stopCode, stopDetail } = row
  if (row.state === 'stopped') {
    const reason = { code: stopCode ?? 'unknown', detail: stopDetail ?? '' }
    return { ...factsOf(row), state: 'stopped', credentials, reason }
  }
  return { ...factsOf(row), state: 'active', credentials, breaker: breakerOf(row) }
}

function factsOf(row: SessionRow): Omit<RemovedSession, 'state'> {
  return {
    id: row.id,
    accountId: row.accountId,
    name: row.name,
    provider: row.provider,
    isDefault: row.isDefault,
    senderId: row.senderId,
    pastSenderIds: row.pastSenderIds,
    businessAccountId: row.businessAccountId,
    ratePerSecond: row.ratePerSecond,
    onUnknown: row.onUnknown === 'fail' ? 'fail' : 'retry',
    previewLinks: row.previewLinks,
    displayPhoneNumber: row.displayPhoneNumber,
    verifiedName: row.verifiedName,
    qualityRating: row.qualityRating,
    verifiedAt: row.verifiedAt,
    lastError:
      row.lastErrorCode === null || row.lastErrorAt === null
        ? null
        : { code: row.lastErrorCode, detail: row.lastErrorDetail ?? '', at: row.lastErrorAt },
    health: row.health === null ? null : (sessionHealth.safeParse(row.health).data ?? null),
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}

function breakerOf({ breakerUntil, breakerTrips, breakerCode, breakerDetail }: SessionRow) {
  if (breakerUntil === null) return { state: 'closed' } as const
  return {
    state: 'opened',
    until: breakerUntil,
    trips: breakerTrips,
    code: breakerCode ?? 'unknown',
    detail: breakerDetail ?? '',
  } as const
}
