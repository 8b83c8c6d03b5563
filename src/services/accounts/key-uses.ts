import { perContext, type Context } from '../../context.ts'
import { addKeyUses } from '../../db/stores/accounts/api-keys.ts'
import { wait } from '../../kit/concurrency/wait.ts'

/** How long uses gather before they are written: so much of them a crash may lose. */
const gatherMs = 1_000

const uses = perContext(() => ({ counts: new Map<string, number>(), gathering: false }))

/** Counts one request that a key let in. Those of a second are written together; nobody waits for it. */
export function countUse(ctx: Context, keyId: string): void {
  const own = uses(ctx)
  own.counts.set(keyId, (own.counts.get(keyId) ?? 0) + 1)
  if (own.gathering) return
  own.gathering = true
  ctx.tasks.track(
    wait(gatherMs, ctx.stopping).then(() => {
      own.gathering = false
      return writeUses(ctx)
    }),
  )
}

/** Writes what this process has counted so far. What cannot be written now is kept for the next time. */
export async function writeUses(ctx: Context): Promise<void> {
  const own = uses(ctx)
  const counts = own.counts
  if (counts.size === 0) return
  own.counts = new Map()
  try {
    await addKeyUses(ctx.db, counts)
  } catch (error) {
    for (const [id, count] of counts) own.counts.set(id, (own.counts.get(id) ?? 0) + count)
    throw error
  }
}
