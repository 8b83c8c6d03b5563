import type { Context } from '../context.ts'
import type { Consumer } from '../queue/queue.ts'
import { startFleet } from '../services/devices/fleet.ts'
import { dispatchMessages } from '../services/dispatch/dispatch.ts'

/** Holds this process's share of the linked devices, and sends what other processes found due for them. */
export function startRunDevices(ctx: Context): Consumer {
  return startFleet(ctx, ({ lane, ids, requeued }) =>
    ctx.tasks.track(dispatchMessages(ctx, { lane, ids, requeued })),
  )
}
