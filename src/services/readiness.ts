import type { Context } from '../context.ts'

export interface Readiness {
  database: 'up' | 'down'
  queue: 'up' | 'down'
}

/** Whether what the service stands on answers. Never throws. */
export async function checkReadiness(ctx: Context): Promise<Readiness> {
  const [database, queue] = await Promise.all([isUp(ctx.db.ping()), isUp(ctx.queue.ping())])
  return { database, queue }
}

async function isUp(check: Promise<void>): Promise<'up' | 'down'> {
  try {
    await check
    return 'up'
  } catch {
    return 'down'
  }
}
