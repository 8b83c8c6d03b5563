import { announce, optionsFrom } from '../cli.ts'
import { receiverOptions, startWebhookReceiver } from './server.ts'

/**
 * The receiver as a process: `npx tsx test/fakes/webhook-receiver/main.ts --port 4100 --secret whsec_...`
 * (or `node --import tsx` in place of `npx tsx` where a program starts it: npx passes no signals on).
 * Prints `{"url","port"}` when it listens. Options: server.ts, or JSON in WEBHOOK_RECEIVER_OPTIONS.
 */
const given = optionsFrom(process.argv.slice(2), process.env['WEBHOOK_RECEIVER_OPTIONS'])
const { url, port, close } = await startWebhookReceiver(receiverOptions.parse(given))
announce({ url, port }, close)
