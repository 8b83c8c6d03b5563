import type { RateCounter } from '../../../domain/accounts/rate-counter.ts'
import type { Db } from '../../client.ts'

/** Counters in Postgres, for set-ups without Redis. The table is not logged: a crash forgives. */
export function createPostgresRateCounter(db: Db): RateCounter {
  return {
    async add(items) {
      const rows = await db.query<{ key: string; count: number }>(
        'rate-counter-add',
        `insert into rate_windows as r (key, count, ends_at)
         select "key", sum("amount"), max("endsAt")
           from json_to_recordset($1::json) as x("key" text, "amount" int, "endsAt" timestamptz)
          group by 1 order by 1
         on conflict (key) do update set ends_at = excluded.ends_at,
           count = case when r.ends_at <= now() then excluded.count else r.count + excluded.count end
         returning key, count`,
        [JSON.stringify(items)],
      )
      const counts = new Map(rows.map(({ key, count }) => [key, count]))
      return items.map(({ key }) => counts.get(key) ?? 0)
    },
  }
}

/** Deletes up to `limit` windows that are over. */
export async function pruneRateWindows(db: Db, limit: number): Promise<void> {
  await db.query(
    'rate-windows-prune',
    `delete from rate_windows where key in (
       select key from rate_windows where ends_at < now() limit $1 for update skip locked)`,
    [limit],
  )
}
