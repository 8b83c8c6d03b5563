import type { Context } from '../../context.ts'
import type { Statements } from '../../db/client.ts'
import { insertMessages, type NewMessage } from '../../db/stores/messages/accept.ts'
import { enqueueDeliveries } from '../webhooks/publish.ts'
import { countAccepted } from '../telemetry/metrics.ts'

/** `notWritten`: the idempotency key is taken, or the API key was revoked meanwhile. */
export type WrittenWithin = { state: 'accepted'; announce(): void } | { state: 'notWritten' | 'unpaid' }

/**
 * Accepts a message in a transaction of the caller's, together with what belongs to it. `announce` is to be called once
 * that is committed: it enqueues the message and its events.
 */
export async function acceptWithin(
  ctx: Context,
  tx: Statements,
  message: NewMessage,
): Promise<WrittenWithin> {
  const { written, unpaid, deliveries } = await insertMessages(tx, [message], {
    charging: message.credits > 0,
  })
  if (!written.has(message.id)) return { state: unpaid.has(message.id) ? 'unpaid' : 'notWritten' }
  return {
    state: 'accepted',
    announce() {
      enqueueDeliveries(ctx, deliveries)
      countAccepted(ctx, [message])
      ctx.tasks.track(ctx.queue.enqueueAccepted([message]))
    },
  }
}
