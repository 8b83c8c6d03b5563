import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'
import { until, type MessageView } from '../../support/service.ts'

/** What the settings of a session let in and out. */

const open = { phone: '27821234530', key: '' }
const closed = { phone: '27821234531', key: '' }
const group = '120363025246125486@g.us'
let service: DeviceService
beforeAll(async () => {
  service = await startDeviceService()
  const settings = { groups: true, statusUpdates: true, sentElsewhere: true, typing: true }
  open.key = (await service.device(open.phone, { settings })).key
  closed.key = (await service.device(closed.phone)).key
})
afterAll(() => service.stop())

/** The messages that came in. */
async function inbound(key: string): Promise<MessageView[]> {
  return (await service.hermod.call('GET', '/messages?direction=inbound&limit=100', { key })).body.data
}
const inboundSaying = (key: string, body: string): Promise<MessageView | undefined> =>
  until(
    async () => (await inbound(key)).find((message) => message['body'] === body),
    (message) => message !== undefined,
    `the message "${body}"`,
  )

test('messages in groups and status updates come in when the session asks for them, and not as if they were private', async () => {
  const { control } = service.whatsApp
  const from = '5511999990931'
  for (const { phone } of [open, closed]) {
    await control.inbound({ to: phone, from, group, text: 'to the group', name: 'Ana' })
    await control.inbound({ to: phone, from, group: 'status@broadcast', text: 'my status' })
    await control.inbound({ to: phone, from, text: 'to you' })
  }
  expect(await inboundSaying(open.key, 'to the group')).toMatchObject({
    from,
    group: { id: group },
    profileName: 'Ana',
  })
  expect(await inboundSaying(open.key, 'my status')).toMatchObject({ group: { id: 'status@broadcast' } })
  expect(await inboundSaying(open.key, 'to you')).toMatchObject({ from, group: null })
  // What came before the last message would have been stored before it.
  await inboundSaying(closed.key, 'to you')
  expect((await inbound(closed.key)).map(({ body }) => body)).toEqual(['to you'])
})

test('a send to a group is refused at once, with what the sender can reach', async () => {
  const answer = await service.hermod.call('POST', '/send-message', {
    key: open.key,
    body: { to: group, message: 'Hi' },
  })
  expect(answer).toMatchObject({
    status: 400,
    body: {
      code: 'validation_failed',
      details: [{ message: expect.stringContaining('it sends to phone numbers, LIDs') }],
    },
  })
})

test('the recipient sees that a device types when the session asks for it', async () => {
  const { hermod, whatsApp } = service
  for (const { key } of [open, closed]) {
    const message = await service.send(key, { to: '5511999990932', message: 'typed' })
    await hermod.messageUntil(key, message, ({ status }) => status === 'delivered')
  }
  const { chatStates } = whatsApp.control.ledger
  expect(chatStates).toMatchObject([
    { device: `${open.phone}:1`, to: '5511999990932@s.whatsapp.net', state: 'composing' },
  ])
  const [sent] = whatsApp.control.ledger.byRecipient('5511999990932')
  expect(chatStates[0]?.at).toBeLessThanOrEqual(sent?.at ?? 0)
})

test('what the owner writes on the phone is told to those alone whose session asks for it', async () => {
  const { hermod, whatsApp } = service
  for (const [index, { key, phone }] of [open, closed].entries()) {
    for (const event of ['message.sent_elsewhere', 'message.received']) {
      const url = `${hermod.receiver.url}/${event}/${index}`
      // oxlint-disable-next-line no-await-in-loop
      await hermod.call('POST', '/webhook-endpoints', { key, body: { url, events: [event] } })
    }
    await whatsApp.control.sendFromPhone({ phone, to: '5511999990933', text: 'by hand' })
    await whatsApp.control.inbound({ to: phone, from: '5511999990933', text: 'thank you' })
    await hermod.receiver.waitFor(({ path }) => path === `/message.received/${index}`)
  }
  await hermod.receiver.waitFor(({ path }) => path === '/message.sent_elsewhere/0')
  const paths = hermod.receiver.deliveries.map(({ path }) => path)
  expect(paths).not.toContain('/message.sent_elsewhere/1')
})

test('somebody whose number WhatsApp does not tell is known by their LID, and an answer reaches them', async () => {
  const { hermod, whatsApp } = service
  const contact = '5511999990934'
  const { key, phone } = closed
  const lid = `9${contact}@lid`
  await whatsApp.control.inbound({
    to: phone,
    from: contact,
    text: 'guess who',
    addressing: 'lid',
    isAlone: true,
  })
  const question = await inboundSaying(key, 'guess who')
  expect(question).toMatchObject({ from: lid, fromUserId: lid })
  const answer = await service.send(key, { to: lid, message: 'who?', replyTo: question?.id })
  await hermod.messageUntil(key, answer, ({ status }) => status === 'delivered')
  expect(whatsApp.control.ledger.byRecipient(contact)).toMatchObject([
    { address: lid, content: { extendedTextMessage: { text: 'who?' } } },
  ])
  const { body } = await hermod.call('GET', `/messages?with=${encodeURIComponent(lid)}`, { key })
  expect(body.data).toHaveLength(2)
})

test('a message keeps what it quotes and who wrote it', async () => {
  const { hermod, whatsApp } = service
  const from = '5511999990935'
  const { key, phone } = closed
  const first = await service.send(key, { to: from, message: 'which size?' })
  const { externalId } = await hermod.messageUntil(key, first, ({ status }) => status === 'delivered')
  await whatsApp.control.inbound({
    to: phone,
    from,
    name: 'Benedita',
    message: {
      extendedTextMessage: {
        text: 'the small one',
        contextInfo: { stanzaId: externalId, quotedMessage: { conversation: 'which size?' } },
      },
    },
  })
  expect(await inboundSaying(key, 'the small one')).toMatchObject({
    replyTo: externalId,
    profileName: 'Benedita',
    content: { message: 'the small one' },
  })
})
