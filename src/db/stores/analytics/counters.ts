import type { Span } from '../../../domain/period.ts'
import { dryRunMark, type Status } from '../../../domain/messages/status.ts'
import type { Db } from '../../client.ts'

/** The messages that are counted: dry runs are listed, and are no sends. */
export interface Counted {
  accountId: string
  dryRuns: 'in' | 'out'
}

/** Messages of an account by present status. Never counts rows. */
export async function countByStatus(db: Db, { accountId, dryRuns }: Counted): Promise<Map<string, number>> {
  const rows = await db.query<{ status: string; count: string }>(
    'counters-by-status',
    `select status, sum(count) as count from (
       select status, count from counters where account_id = $1
       union all select status, delta from counter_deltas where account_id = $1) c
      group by status`,
    [accountId],
  )
  const counts = new Map<string, number>()
  for (const { status, count } of rows.flatMap((row) => wordsFor(row, dryRuns))) {
    counts.set(status, (counts.get(status) ?? 0) + Number(count))
  }
  return counts
}

/** How many messages, accepted in the day or hour that begins at `at`, are in a status now. */
export interface Count {
  at: Date
  status: Status
  count: number
}

interface CountRow {
  at: Date
  status: Status
  count: string
}

/** The counts of an account by UTC day; both ends are midnights. Never counts rows. */
export async function countByDay(
  db: Db,
  { accountId, dryRuns }: Counted,
  { from, to }: Span,
): Promise<Count[]> {
  const rows = await db.query<CountRow>(
    'counters-by-day',
    `select day at time zone 'UTC' as at, status, sum(count) as count from (
       select day::timestamp as day, status, count from counters
        where account_id = $1 and day >= ($2::timestamptz at time zone 'UTC')::date
          and day < ($3::timestamptz at time zone 'UTC')::date
       union all
       select date_trunc('day', hour at time zone 'UTC'), status, delta from counter_deltas
        where account_id = $1 and hour >= $2 and hour < $3) c
      group by 1, 2 having sum(count) <> 0 order by 1`,
    [accountId, from, to],
  )
  return rows.flatMap((row) => wordsFor(row, dryRuns)).map(toCount)
}

/** The counts of an account by hour; both ends are full hours. Never counts rows. */
export async function countByHour(
  db: Db,
  { accountId, dryRuns }: Counted,
  { from, to }: Span,
): Promise<Count[]> {
  const rows = await db.query<CountRow>(
    'counters-by-hour',
    `select hour as at, status, sum(count) as count from (
       select hour, status, count from counter_hours where account_id = $1 and hour >= $2 and hour < $3
       union all
       select hour, status, delta from counter_deltas where account_id = $1 and hour >= $2 and hour < $3) c
      group by 1, 2 having sum(count) <> 0 order by 1`,
    [accountId, from, to],
  )
  return rows.flatMap((row) => wordsFor(row, dryRuns)).map(toCount)
}

/** A row under the status that it is of; none when it is of dry runs that are not to be counted. */
function wordsFor<Row extends { status: string }>(row: Row, dryRuns: Counted['dryRuns']): Row[] {
  if (!row.status.startsWith(dryRunMark)) return [row]
  return dryRuns === 'in' ? [{ ...row, status: row.status.slice(dryRunMark.length) }] : []
}

function toCount({ at, status, count }: CountRow): Count {
  return { at, status, count: Number(count) }
}

/** Folds up to `limit` changes into the counters; readers see the same sums before and after. */
export async function foldCounters(db: Db, limit: number): Promise<number> {
  const [row] = await db.query<{ folded: string }>(
    'counters-fold',
    `with taken as materialized (
       delete from counter_deltas where id in (
         select id from counter_deltas order by id limit $1 for update skip locked)
       returning account_id, hour, status, delta
     ), days as (
       insert into counters as c (account_id, day, status, count)
       select account_id, (hour at time zone 'UTC')::date, status, sum(delta) from taken
        group by 1, 2, 3 order by 1, 2, 3
       on conflict (account_id, day, status) do update set count = c.count + excluded.count
     ), hours as (
       insert into counter_hours as c (account_id, hour, status, count)
       select account_id, hour, status, sum(delta) from taken group by 1, 2, 3 order by 1, 2, 3
       on conflict (account_id, hour, status) do update set count = c.count + excluded.count
     )
     select count(*) as folded from taken`,
    [limit],
  )
  return Number(row?.folded ?? 0)
}
