import { perContext, type Context } from '../../context.ts'
import { releaseHeldCallbacks, trimHeldCallbacks } from '../../db/stores/callbacks/held.ts'
import { trimWaitingReceipts } from '../../db/stores/callbacks/waiting.ts'
import { countCallbackItems } from '../telemetry/metrics.ts'

/** How often one process looks over what waits. */
const everyMs = 30_000

const nextMs = perContext(() => ({ value: 0 }))

/**
 * Keeps what waits for a sender or a message within its bounds, and sets callbacks going again that a process which
 * died held back.
 */
export async function tidyCallbacks(ctx: Context): Promise<void> {
  const next = nextMs(ctx)
  if (performance.now() < next.value) return
  next.value = performance.now() + everyMs
  await releaseHeldCallbacks(ctx.db)
  tell(ctx, 'callback', await trimHeldCallbacks(ctx.db))
  tell(ctx, 'status', await trimWaitingReceipts(ctx.db))
}

function tell(ctx: Context, kind: string, count: number): void {
  if (count === 0) return
  ctx.log.info({ kind, count }, 'items of callbacks waited too long, or were too many, and are forgotten')
  countCallbackItems(ctx, kind, 'forgotten', count)
}
