import type { Context } from '../context.ts'
import type { DeliveryLane } from '../domain/webhooks/delivery.ts'
import type { Consumer } from '../queue/queue.ts'
import { deliverWebhooks } from '../services/delivery/claim.ts'

/** Jobs of one lane at once. They share the work of claiming; what they start is bounded elsewhere. */
const jobNames = [
  { name: 'deliver-webhooks', lane: 'early', concurrency: 16 },
  { name: 'retry-webhooks', lane: 'late', concurrency: 4 },
] as const satisfies { name: string; lane: DeliveryLane; concurrency: number }[]

/** Listens for webhook deliveries that are due, first and second attempts apart from later ones. */
export function startDeliverWebhooks(ctx: Context): Consumer[] {
  return jobNames.map(({ name, lane, concurrency }) =>
    ctx.queue.consume(name, { concurrency, handle: ({ ids }) => deliverWebhooks(ctx, { lane, ids }) }),
  )
}
