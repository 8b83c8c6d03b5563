import type { OutboundMessage } from '../../../src/providers/contract.ts'
import type { DeviceSettings } from '../../../src/providers/linked-device/settings.ts'
import { newId } from '../../../src/kit/id.ts'
import { startWhatsAppWeb } from '../../fakes/whatsapp-web/server.ts'
import { pairedDevice, providerAt } from '../../support/linked-device/ports.ts'
import { describeProvider } from '../../support/provider-contract.ts'
import { until } from '../../support/service.ts'

const contact = '5511999990002'
const session = { id: newId(), settings: {} satisfies DeviceSettings }
const message = (): OutboundMessage => ({
  id: newId(),
  attempt: 1,
  to: { kind: 'msisdn', value: contact },
  content: { type: 'text', body: 'Hello' },
  replyTo: null,
})

describeProvider<DeviceSettings>('linked-device', async () => {
  const whatsApp = await startWhatsAppWeb()
  const { rules, ledger } = whatsApp.control
  const provider = providerAt(whatsApp)
  const { connection } = await pairedDevice(whatsApp, provider, { phone: '27821234567' })
  const send = () => ({ session, message: message() })
  return {
    // What sends is the connection, in the process that holds it.
    provider: { ...provider, open: () => connection.channel },
    secrets: [],
    accepts: send,
    refuses() {
      rules.add({ outcome: { kind: 'error', code: 479 } })
      return send()
    },
    async unreachable() {
      await connection.stop()
      return send()
    },
    dropsAnswer() {
      rules.add({ outcome: { kind: 'drop', accepted: true } })
      return send()
    },
    neverAnswers() {
      rules.add({ outcome: { kind: 'silence', accepted: true } })
      const received = until(
        () => ledger.messages.length,
        (count) => count > 0,
        'a message',
      )
      return { ...send(), received: received.then(() => undefined) }
    },
    async dispose() {
      await connection.stop()
      await whatsApp.close()
    },
  }
})
