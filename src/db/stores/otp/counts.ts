import type { Db } from '../../client.ts'

/** Sums of verifications. */
export interface OtpSums {
  sent: number
  delivered: number
  verified: number
  failed: number
  expired: number
  reported: number
}

/** The sums of a UTC day, a service and a country (empty: none is known). */
export interface OtpCountRow extends OtpSums {
  day: string
  service: string
  country: string
}

/** The days to sum up where they are left open: the last `days` up to the present one, of the database's clock, in UTC. */
export async function completeDays(
  db: Db,
  { from, to, days }: { from: string | null; to: string | null; days: number },
): Promise<{ from: string; to: string }> {
  const [span] = await db.query<{ from: string; to: string }>(
    'otp-counts-span',
    `select coalesce($1::date, today - $3::int)::text as from, coalesce($2::date, today)::text as to
       from (select (now() at time zone 'UTC')::date as today) as t`,
    [from, to, days],
  )
  if (span === undefined) throw new Error('Postgres told no day')
  return span
}

/** The days to sum up, both included. */
export interface DaySpan {
  accountId: string
  /** `2026-03-28`. */
  from: string
  to: string
  service: string | null
}

const sums = ['sent', 'delivered', 'verified', 'failed', 'expired', 'reported']
  .map((name) => `sum(${name})::int as ${name}`)
  .join(', ')

/** An account's sums by day, service and country. */
export function sumByDay(db: Db, { accountId, from, to, service }: DaySpan): Promise<OtpCountRow[]> {
  return db.query<OtpCountRow>(
    'otp-counts-days',
    `select day::text, service, country, ${sums} from otp_counts
      where account_id = $1 and day between $2::date and $3::date and ($4::text is null or service = $4)
      group by 1, 2, 3 order by 1, 2, 3`,
    [accountId, from, to, service],
  )
}

/** A prefix whose codes are seldom verified. */
export interface PoorPrefix {
  prefix: string
  country: string
  sent: number
  verified: number
  /** Until when it is blocked, where it is. */
  blockedUntil: Date | null
}

/** The prefixes of an account with the poorest conversion, of those with at least `sentMin` verifications sent. */
export function listPoorPrefixes(
  db: Db,
  { accountId, from, to, service }: DaySpan,
  { sentMin, below, limit }: { sentMin: number; below: number; limit: number },
): Promise<PoorPrefix[]> {
  return db.query<PoorPrefix>(
    'otp-counts-prefixes',
    `select c.prefix, max(c.country) as country, sum(c.sent)::int as sent, sum(c.verified)::int as verified,
            (select b.until from otp_blocks b
              where b.account_id = $1 and b.prefix = c.prefix and b.until > now()) as "blockedUntil"
       from otp_counts c
      where c.account_id = $1 and c.day between $2::date and $3::date and ($4::text is null or c.service = $4)
      group by c.prefix
     having sum(c.sent) >= $5 and sum(c.verified) < sum(c.sent) * $6::float8
      order by sum(c.verified)::float8 / sum(c.sent), sum(c.sent) desc limit $7`,
    [accountId, from, to, service, sentMin, below, limit],
  )
}
