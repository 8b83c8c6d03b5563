import type { Context } from '../context.ts'
import { wait } from '../kit/concurrency/wait.ts'
import type { Consumer } from '../queue/queue.ts'
import { sweepOnce, tidyOnce } from '../services/operations/sweep.ts'

const sweepEveryMs = 400
const tidyEveryMs = 1_000

/** Sweeps and tidies for as long as the process runs; trouble is logged and the next round tries again. */
export function startSweep(ctx: Context): Consumer {
  const stop = new AbortController()
  const rounds = [
    repeat(ctx, stop.signal, sweepEveryMs, () => sweepOnce(ctx)),
    repeat(ctx, stop.signal, tidyEveryMs, async () => {
      await tidyOnce(ctx)
      return false
    }),
  ]
  return {
    async close() {
      stop.abort()
      await Promise.all(rounds)
    },
  }
}

async function repeat(
  ctx: Context,
  signal: AbortSignal,
  everyMs: number,
  round: () => Promise<boolean>,
): Promise<void> {
  let troubled = false
  while (!signal.aborted) {
    try {
      const more = await round()
      troubled = false
      if (!more) await wait(everyMs, signal)
    } catch (error) {
      if (!troubled) ctx.log.warn({ err: error }, 'the sweeper has trouble and will try again')
      troubled = true
      await wait(everyMs * 2, signal)
    }
  }
}
