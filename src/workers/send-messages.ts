import type { Context } from '../context.ts'
import { lanes, type Lane } from '../domain/messages/message.ts'
import type { Consumer } from '../queue/queue.ts'
import { dispatchMessages } from '../services/dispatch/dispatch.ts'

/**
 * Jobs of one lane at once. They share the work of claiming; what they start is bounded elsewhere.
 */
const concurrency = { urgent: 8, normal: 16, bulk: 8 } as const satisfies Record<Lane, number>

/** Handles the jobs of the lanes, each with workers of its own. */
export function startSendMessages(ctx: Context): Consumer[] {
  return lanes.map((lane) =>
    ctx.queue.consume(`send-${lane}`, {
      concurrency: concurrency[lane],
      handle: ({ ids, requeued }) => dispatchMessages(ctx, { lane, ids, requeued }),
    }),
  )
}
