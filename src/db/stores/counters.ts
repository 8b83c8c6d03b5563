import type { Db } from '../client.ts'

/** Messages of an account by present status. Never counts rows. */
export async function countByStatus(db: Db, accountId: string): Promise<Map<string, number>> {
  const rows = await db.query<{ status: string; count: string }>(
    'counters-by-status',
    `select status, sum(count) as count from (
       select status, count from counters where account_id = $1
       union all select status, delta from counter_deltas where account_id = $1) c
      group by status`,
    [accountId],
  )
  return new Map(rows.map((row) => [row.status, Number(row.count)]))
}

/** Folds up to `limit` changes into the counters; readers see the same sums before and after. */
export async function foldCounters(db: Db, limit: number): Promise<number> {
  const [row] = await db.query<{ folded: string }>(
    'counters-fold',
    `with taken as (
       delete from counter_deltas where id in (
         select id from counter_deltas order by id limit $1 for update skip locked)
       returning account_id, day, status, delta
     ), folded as (
       insert into counters as c (account_id, day, status, count)
       select account_id, day, status, sum(delta) from taken group by 1, 2, 3 order by 1, 2, 3
       on conflict (account_id, day, status) do update set count = c.count + excluded.count
     )
     select count(*) as folded from taken`,
    [limit],
  )
  return Number(row?.folded ?? 0)
}
