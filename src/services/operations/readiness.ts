import type { Context } from '../../context.ts'
import { wait } from '../../kit/concurrency/wait.ts'

export interface Readiness {
  database: 'up' | 'down'
  queue: 'up' | 'down'
}

/** Whether what the service stands on answers. Never throws. */
export async function checkReadiness(ctx: Context): Promise<Readiness> {
  const [database, queue] = await Promise.all([isUp(ctx.db.ping()), isUp(ctx.queue.ping())])
  return { database, queue }
}

/** What does not answer within this is as good as down. */
const patienceMs = 1_000

async function isUp(check: Promise<void>): Promise<'up' | 'down'> {
  const answered = new AbortController()
  const up = check.then(
    () => 'up' as const,
    () => 'down' as const,
  )
  const late = wait(patienceMs, answered.signal).then(() => 'down' as const)
  const result = await Promise.race([up, late])
  answered.abort()
  return result
}
