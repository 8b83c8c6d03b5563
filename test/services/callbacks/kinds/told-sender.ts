import { randomUUID } from 'node:crypto'
import { postCallback } from '../../../support/callbacks.ts'
import { until, type TestService } from '../../../support/service.ts'

/** An event as an endpoint heard it. */
export interface Told {
  type: string
  timestamp: string
  data: Record<string, any>
}

/** An account whose number is verified, and whose endpoint hears everything. */
export interface ToldSender {
  key: string
  session: string
  phoneNumberId: string
  businessId: string
  /** Posts a callback with these changes, under the number's business. */
  report(changes: unknown[], entry?: Record<string, unknown>): Promise<void>
  /** Everything that the endpoint was told so far. */
  told(): Told[]
  /** Waits for an event. */
  untilTold(wanted: (event: Told) => boolean, what: string): Promise<Told>
  /** Sends a text and resolves with its ids once Graph has taken it. */
  send(to?: string): Promise<{ id: string; wamid: string }>
  metadata: { display_phone_number: string; phone_number_id: string }
}

let accounts = 0

/** Connects an account with a number and a business of its own. The fake Graph reports nothing by itself. */
export async function connectTold(
  hermod: TestService,
  { number = '15550199001', verified = true }: { number?: string; verified?: boolean } = {},
): Promise<ToldSender> {
  accounts += 1
  const phoneNumberId = `7${process.pid}${accounts}`
  const businessId = `8${process.pid}${accounts}`
  const accessToken = `EAAtold${phoneNumberId}`
  hermod.graph.control.configureCallbacks({ statuses: [] })
  hermod.graph.control.addPhone({
    id: phoneNumberId,
    wabaId: businessId,
    tokens: [accessToken],
    displayPhoneNumber: `+${number}`,
  })
  const key = await hermod.connect({ phoneNumberId, accessToken })
  const path = `/told-${randomUUID()}`
  const hook = await hermod.call('POST', '/webhook-endpoints', {
    key,
    body: { url: `${hermod.receiver.url}${path}` },
  })
  hermod.receiver.setSecret(hook.body.data.secret, path)
  const sessions = await hermod.call('GET', '/sessions', { key })
  const session = sessions.body.data.find((one: { provider: string }) => one.provider !== 'sandbox').id
  const metadata = { display_phone_number: number, phone_number_id: phoneNumberId }

  const report: ToldSender['report'] = async (changes, entry = {}) => {
    const body = { object: 'whatsapp_business_account', entry: [{ id: businessId, changes, ...entry }] }
    const answer = await postCallback(hermod, JSON.stringify(body))
    if (answer.status !== 200) throw new Error(`a callback was answered ${answer.status}`)
  }
  const told = (): Told[] =>
    hermod.receiver.deliveries.filter((one) => one.path === path).map(({ body }) => JSON.parse(body))
  if (verified) {
    await hermod.call('POST', '/auth/me/credentials/verify', { key })
    // A first receipt tells which business the number belongs to.
    const first = { id: 'wamid.first', status: 'sent', timestamp: '1763720000' }
    await report([{ field: 'messages', value: { metadata, statuses: [first] } }])
  }
  return {
    key,
    session,
    phoneNumberId,
    businessId,
    report,
    told,
    async untilTold(wanted, what) {
      const events = await until(told, (all) => all.some(wanted), what)
      const found = events.find(wanted)
      if (found === undefined) throw new Error(`${what} is gone`)
      return found
    },
    async send(to = '15550142233') {
      const answer = await hermod.call('POST', '/send-message', { key, body: { to, message: 'Hi' } })
      const message = await hermod.messageUntil(key, answer.body.data.id, ({ status }) => status === 'sent')
      return { id: message.id, wamid: String(message['externalId']) }
    },
    metadata,
  }
}
