import { afterAll, beforeAll, expect, test } from 'vitest'
import { postCallback } from '../../../support/callbacks.ts'
import { connectSender, type TestSender } from '../../../support/senders.ts'
import { startTestService, until, type TestService } from '../../../support/service.ts'

let hermod: TestService
let sender: TestSender
beforeAll(async () => {
  hermod = await startTestService()
  sender = await connectSender(hermod)
  await hermod.call('POST', '/auth/me/credentials/verify', { key: sender.key })
})
afterAll(() => hermod.stop())

function inboundFrom(from: string): string {
  const metadata = { display_phone_number: '15550783881', phone_number_id: sender.phoneNumberId }
  const timestamp = String(Math.floor(Date.now() / 1_000))
  const message = { from, id: `wamid.from-${from}`, timestamp, type: 'text', text: { body: 'Hello' } }
  const contacts = [{ profile: { name: 'Ana' }, wa_id: from }]
  const value = { messaging_product: 'whatsapp', metadata, contacts, messages: [message] }
  const change = { field: 'messages', value }
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: '1', changes: [change] }],
  })
}

const get = (route: string) => hermod.call('GET', route, { key: sender.key })

test.each(['5215512345678', '551187654321', '5491123456789', '22997123456', '22507123456', '24107442039'])(
  'someone whom Meta calls %s can be answered, and is one person in window and lists',
  async (id) => {
    await postCallback(hermod, inboundFrom(id))
    await until(
      () => get('/messages?direction=inbound&limit=200'),
      ({ body }) => body.data.some(({ from }: { from: string }) => from === id),
      `a message of ${id}`,
    )
    expect((await get(`/contacts/${id}/window`)).body.data).toMatchObject({ address: id, open: true })

    const messageId = await sender.send({ to: id })
    await hermod.messageUntil(sender.key, messageId, ({ status }) => status === 'read')
    const [accepted] = hermod.graph.control.ledger.byCorrelation(messageId)
    expect(accepted?.body).toMatchObject({ to: id })
    const { body: outbound } = await get(`/messages?to=${id}`)
    expect(outbound.data.map((message: { id: string }) => message.id)).toContain(messageId)
  },
)
