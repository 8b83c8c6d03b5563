import { paceHorizonMs, type Pacer } from '../../../domain/messages/pacer.ts'
import type { Db } from '../../client.ts'

/** The pace kept in Postgres, for set-ups without Redis. The arithmetic is `hermod_take_slots` in the migrations. */
export function createPostgresPacer(db: Db): Pacer {
  return {
    async reserve({ key, wanted, ratePerSecond, requeued }) {
      const spacingMs = 1_000 / ratePerSecond
      const [row] = await db.query<{ granted: number; first_in_ms: number; retry_in_ms: number }>(
        'pace-reserve',
        'select * from hermod_take_slots($1, $2, $3, $4, $5)',
        [key, wanted, spacingMs, paceHorizonMs, requeued],
      )
      return {
        granted: row?.granted ?? 0,
        firstInMs: row?.first_in_ms ?? 0,
        spacingMs,
        retryInMs: row?.retry_in_ms ?? paceHorizonMs,
      }
    },
    async hold(key, ms) {
      await db.query(
        'pace-hold',
        `insert into paces as p (key, tat, line) select $1, t, 0
           from (select extract(epoch from clock_timestamp()) * 1000 + $2 as t) x
         on conflict (key) do update set tat = greatest(p.tat, excluded.tat)`,
        [key, ms],
      )
    },
  }
}
