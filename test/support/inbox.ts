import { postCallback } from './callbacks.ts'
import { endpointsOf } from './endpoints.ts'
import { connectSender } from './senders.ts'
import { until, type TestService } from './service.ts'

/** A number that customers write to, and what its owner is told of it and reads. */
export interface Inbox {
  key: string
  phoneNumberId: string
  /** A callback of Meta's for a change of messages. */
  callback(value: object): string
  /** Posts a message of a customer; resolves when it was taken. */
  receive(message: object, value?: object): Promise<void>
  /** A message by its wamid: as it is read, and the data of its event. */
  message(wamid: string): Promise<Record<'read' | 'told', Record<string, unknown>>>
}

/** An inbox of an account of its own, whose number is proven and which hears of all that is received. */
export async function openInbox(hermod: TestService): Promise<Inbox> {
  const { key, phoneNumberId } = await connectSender(hermod)
  await hermod.call('POST', '/auth/me/credentials/verify', { key })
  const { deliveries } = await endpointsOf(() => hermod).make(key, { events: ['message.received'] })
  const callback = (value: object): string =>
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [{ id: '102290129340398', changes: [{ field: 'messages', value }] }],
    })
  return {
    key,
    phoneNumberId,
    callback,
    async receive(message, value = {}) {
      const metadata = { display_phone_number: '15550783881', phone_number_id: phoneNumberId }
      const body = callback({ messaging_product: 'whatsapp', metadata, ...value, messages: [message] })
      const answer = await postCallback(hermod, body)
      if (answer.status !== 200) throw new Error(`the callback was answered ${answer.status}`)
    },
    async message(wamid) {
      const told = await until(
        () => deliveries().flatMap(({ body }) => dataOf(body, wamid)),
        (found) => found.length > 0,
        `the event of ${wamid}`,
      )
      const [data = {}] = told
      if (told.length > 1) throw new Error(`${wamid} was told ${told.length} times`)
      const { body } = await hermod.call('GET', `/messages/${String(data['messageId'])}`, { key })
      return { told: data, read: body.data }
    },
  }
}

function dataOf(body: string, wamid: string): Record<string, unknown>[] {
  const { data } = JSON.parse(body)
  return data.externalId === wamid ? [data] : []
}
