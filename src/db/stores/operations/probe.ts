import type { Db } from '../../client.ts'

/**
 * Writes a row that nobody reads: a Postgres that is read-only or full answers every question. It reports as a SELECT, so
 * that it counts as no proof that messages can be written.
 */
export async function tryToWrite(db: Db): Promise<void> {
  await db.query(
    'probe-write',
    `with written as (
       insert into rate_windows (key, count, ends_at) values ('readiness', 0, now() + interval '1 minute')
       on conflict (key) do update set ends_at = excluded.ends_at returning key)
     select key from written`,
    [],
  )
}
