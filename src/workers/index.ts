import type { Context } from '../context.ts'
import type { Consumer } from '../queue/queue.ts'
import { startDeliverWebhooks } from './deliver-webhooks.ts'
import { startRunDevices } from './run-devices.ts'
import { startSendMessages } from './send-messages.ts'
import { startSweep } from './sweep.ts'

/** Starts every worker of this process; `close` stops taking work and waits for the jobs under way. */
export function startWorkers(ctx: Context): Consumer {
  const consumers = [
    ...startSendMessages(ctx),
    ...startDeliverWebhooks(ctx),
    startRunDevices(ctx),
    startSweep(ctx),
  ]
  return {
    async close() {
      await Promise.all(consumers.map((consumer) => consumer.close()))
    },
  }
}
