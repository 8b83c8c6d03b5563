import type { Context } from '../../context.ts'
import {
  completeDays,
  listPoorPrefixes,
  sumByDay,
  type OtpCountRow,
  type OtpSums,
  type PoorPrefix,
} from '../../db/stores/otp/counts.ts'
import { groupBy } from '../../kit/group.ts'

export type { OtpSums, PoorPrefix } from '../../db/stores/otp/counts.ts'

/** Sums with the share of those that were sent that was verified; null where nothing was sent. */
export type OtpConversion = OtpSums & { conversion: number | null }

/** How an account's codes fared. */
export interface OtpReport {
  /** The UTC days that were summed up, both included. */
  from: string
  to: string
  total: OtpConversion
  days: ({ day: string } & OtpConversion)[]
  countries: ({ country: string | null } & OtpConversion)[]
  services: ({ service: string } & OtpConversion)[]
  poorPrefixes: PoorPrefix[]
}

/** How far back a report goes if nobody says. */
const daysShown = 30

/** Below a fifth, with enough sends to tell, something is wrong with a prefix. */
const poor = { sentMin: 10, below: 0.2, limit: 50 }

/**
 * Sums up the verifications of an account, by the UTC days on which they were asked for: both days are included, the last
 * 30 if none is named.
 */
export async function otpReport(
  ctx: Context,
  {
    accountId,
    service,
    ...asked
  }: { accountId: string; from: string | null; to: string | null; service: string | null },
): Promise<OtpReport> {
  const days = await completeDays(ctx.db, { ...asked, days: daysShown })
  const span = { accountId, service, ...days }
  const [rows, poorPrefixes] = await Promise.all([
    sumByDay(ctx.db, span),
    listPoorPrefixes(ctx.db, span, poor),
  ])
  return {
    ...days,
    total: sumOf(rows),
    days: [...groupBy(rows, ({ day }) => day)].map(([day, some]) => ({ day, ...sumOf(some) })),
    countries: [...groupBy(rows, ({ country }) => country)].map(([country, some]) => ({
      country: country === '' ? null : country,
      ...sumOf(some),
    })),
    services: [...groupBy(rows, ({ service }) => service)].map(([service, some]) => ({
      service,
      ...sumOf(some),
    })),
    poorPrefixes,
  }
}

function sumOf(rows: readonly OtpCountRow[]): OtpConversion {
  const sum = (field: keyof OtpSums): number => rows.reduce((total, row) => total + row[field], 0)
  const sent = sum('sent')
  const verified = sum('verified')
  return {
    sent,
    delivered: sum('delivered'),
    verified,
    failed: sum('failed'),
    expired: sum('expired'),
    reported: sum('reported'),
    conversion: sent === 0 ? null : Math.round((verified / sent) * 10_000) / 10_000,
  }
}
