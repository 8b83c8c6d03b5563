import type { Context } from '../context.ts'
import type { Consumer } from '../queue/queue.ts'
import { deliverWebhooks } from '../services/deliver-webhooks.ts'

/** Listens for webhook deliveries that are due. */
export function startDeliverWebhooks(ctx: Context): Consumer {
  return ctx.queue.consume('deliver-webhooks', {
    concurrency: 4,
    handle: ({ ids }) => deliverWebhooks(ctx, ids),
  })
}
