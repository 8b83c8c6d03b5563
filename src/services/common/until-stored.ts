import type { Context } from '../../context.ts'
import { isUnavailable } from '../../db/client.ts'
import { wait } from '../../kit/concurrency/wait.ts'

// The front door of the room: writes that must outlast a database that is away. The others: `overload` turns a
// full batcher into a refusal, `sealed` keeps contents of messages that nobody is to read.

/**
 * Writes until the database takes it: for the outcome of an act that must not be repeated. Bounded by the number of
 * acts under way. Throws every error but that the database is unavailable.
 */
export async function untilStored<T>(ctx: Context, write: () => Promise<T>): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await write()
    } catch (error) {
      if (!isUnavailable(error) || ctx.outOfTime.aborted) throw error
      if (failures === 1) ctx.log.warn({ err: error }, 'outcomes wait for the database')
      await wait(Math.min(1_000, 50 * failures), ctx.outOfTime)
    }
  }
}
