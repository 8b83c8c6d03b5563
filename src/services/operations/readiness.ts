import { perContext, type Context } from '../../context.ts'
import { tryToWrite } from '../../db/stores/operations/probe.ts'
import { within } from '../../kit/concurrency/within.ts'

export interface Readiness {
  database: 'up' | 'down'
  queue: 'up' | 'down'
}

/** Whether what the service stands on serves: takes a write now, and took the last ones. Never throws. */
export async function checkReadiness(ctx: Context): Promise<Readiness> {
  const [database, queue] = await Promise.all([isUp(checkDatabase(ctx)), isUp(ctx.queue.ping())])
  return { database, queue }
}

/** However often it is asked, a process writes once in a while. */
const writeEveryMs = 1_000
const lastWrites = perContext(() => ({ atMs: -Infinity, outcome: Promise.resolve() }))

async function checkDatabase(ctx: Context): Promise<void> {
  const last = lastWrites(ctx)
  const now = performance.now()
  if (now - last.atMs > writeEveryMs) {
    last.atMs = now
    last.outcome = tryToWrite(ctx.db)
  }
  await last.outcome
  ctx.db.assertWritable()
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
