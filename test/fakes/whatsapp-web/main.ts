import { announce, optionsFrom } from '../cli.ts'
import { quietLibsignal } from '../../support/linked-device/quiet-libsignal.ts'
import { whatsAppWebOptions } from './options.ts'
import { startWhatsAppWeb } from './server.ts'

/**
 * The fake as a process: `npx tsx test/fakes/whatsapp-web/main.ts --port 4100 --receipts.types '["delivered"]'`
 * (or `node --import tsx` in place of `npx tsx` where a program starts it: npx passes no signals on).
 * Prints `{"url","port","socketUrl","rootKey","mediaHost"}` when it listens. Options: options.ts, or JSON in
 * WHATSAPP_WEB_OPTIONS.
 */
quietLibsignal()
const options = optionsFrom(process.argv.slice(2), process.env['WHATSAPP_WEB_OPTIONS'])
const { control: _control, close, ...ready } = await startWhatsAppWeb(whatsAppWebOptions.parse(options))
announce(ready, close)
