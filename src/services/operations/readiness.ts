import type { Context } from '../../context.ts'
import { within } from '../../kit/concurrency/within.ts'

export interface Readiness {
  database: 'up' | 'down'
  queue: 'up' | 'down'
}

/** Whether what the service stands on answers. Never throws. */
export async function checkReadiness(ctx: Context): Promise<Readiness> {
  const [database, queue] = await Promise.all([isUp(ctx.db.ping()), isUp(ctx.queue.ping())])
  return { database, queue }
}

/** A dependency that takes longer to answer is reported as down. */
const answerMsMax = 1_000

function isUp(check: Promise<void>): Promise<'up' | 'down'> {
  const answered = check.then(
    () => 'up' as const,
    () => 'down' as const,
  )
  return within(answerMsMax, answered, 'down')
}
