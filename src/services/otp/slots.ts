import { perContext, type Context } from '../../context.ts'
import { unavailable } from '../../db/client.ts'
import { createFairSemaphore } from '../../kit/concurrency/fair-semaphore.ts'

/** How long a request waits for its turn. */
const waitMs = 4_000

const slots = perContext((ctx: Context) => {
  const half = Math.max(2, Math.floor(ctx.config.database.poolMax / 2))
  return createFairSemaphore({ slots: half, perOwner: half })
})

/**
 * Runs what may wait in the database for locks, by turns between accounts and between the numbers of an account: so that
 * nobody who asks about one number a thousand times holds the connections that all need. Throws `unavailable`.
 */
export async function inTurn<T>(
  ctx: Context,
  { accountId, subject }: { accountId: string; subject: string },
  act: () => Promise<T>,
): Promise<T> {
  const result = await slots(ctx).run(
    { group: accountId, owner: `${accountId} ${subject}` },
    waitMs,
    async () => ({ value: await act() }),
  )
  if (result === null) throw unavailable(new Error('too many requests wait for their turn'))
  return result.value
}
