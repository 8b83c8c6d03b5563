import type { Context } from '../../context.ts'
import { isUnavailable } from '../../db/client.ts'
import { wait } from '../../kit/concurrency/wait.ts'

/**
 * Writes until the database takes it: for what came of something that cannot be asked again. Bounded by how much
 * is under way. Throws what is no matter of availability.
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
