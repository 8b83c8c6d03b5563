import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'
import { until } from '../../support/service.ts'

const phone = '27821234520'
let service: DeviceService
let key: string
beforeAll(async () => {
  service = await startDeviceService()
  ;({ key } = await service.device(phone, { settings: { sentElsewhere: true } }))
})
afterAll(() => service.stop())

interface Inbound {
  id: string
  from: string
  externalId: string
  [field: string]: unknown
}

/** The messages that came in from somebody. */
async function from(contact: string): Promise<Inbound[]> {
  const { body } = await service.hermod.call('GET', '/messages?direction=inbound&limit=100', { key })
  return body.data.filter((message: Inbound) => message.from === contact)
}
const firstFrom = async (contact: string) =>
  (
    await until(
      () => from(contact),
      (messages) => messages.length > 0,
      'an inbound message',
    )
  )[0]

test.each(['pn', 'lid'] as const)(
  'a text is stored once, by the number, when it is addressed by %s',
  async (addressing) => {
    const contact = addressing === 'pn' ? '5511999990020' : '5511999990021'
    const id = await service.whatsApp.control.inbound({
      to: phone,
      from: contact,
      text: 'Where is my order?',
      name: 'Sarah',
      addressing,
      repeat: 2,
    })
    expect(await firstFrom(contact)).toMatchObject({
      externalId: id,
      type: 'text',
      body: 'Where is my order?',
      profileName: 'Sarah',
      content: { message: 'Where is my order?' },
      to: phone,
    })
    // The server holds back what it got no receipt for: both copies were confirmed once they were stored.
    await until(
      () => service.whatsApp.control.devices().find(({ device }) => device.startsWith(phone))?.unacknowledged,
      (count) => count === 0,
    )
    expect(await from(contact)).toHaveLength(1)
  },
)

test('messages that somebody new sends in quick succession are kept in their order', async () => {
  const contact = '5511999990025'
  const texts = Array.from({ length: 8 }, (_, index) => `number ${index}`)
  await Promise.all(
    texts.map((text) =>
      service.whatsApp.control.inbound({ to: phone, from: contact, text, addressing: 'lid' }),
    ),
  )
  const messages = await until(
    () => from(contact),
    (some) => some.length === texts.length,
  )
  expect(messages.toReversed().map(({ body }) => body)).toEqual(texts)
})

test('a file can be downloaded until WhatsApp does not keep it any more, and no key of it is in the database', async () => {
  const { hermod, whatsApp } = service
  const bytes = Buffer.from('the bytes of a file')
  await whatsApp.control.inbound({
    to: phone,
    from: '5511999990022',
    media: {
      kind: 'document',
      bytes,
      mimeType: 'application/pdf',
      fields: { fileName: 'a.pdf', caption: 'see' },
    },
  })
  const message = await firstFrom('5511999990022')
  expect(message).toMatchObject({ type: 'document', body: 'see', content: { media: { filename: 'a.pdf' } } })
  const download = () => hermod.call('GET', `/messages/${message?.id}/media`, { key })
  expect(await download()).toMatchObject({ status: 200, body: bytes.toString() })
  for (const path of whatsApp.control.mediaPaths()) whatsApp.control.deleteMedia(path)
  expect(await download()).toMatchObject({ status: 410, body: { code: 'media_gone' } })
})

test('groups and status updates stay out unless the session asks for them', async () => {
  const { control } = service.whatsApp
  await control.inbound({ to: phone, from: '5511999990023', group: '120363025246125486@g.us', text: 'group' })
  await control.inbound({ to: phone, from: '5511999990023', group: 'status@broadcast', text: 'status' })
  await control.inbound({ to: phone, from: '5511999990023', text: 'to you' })
  expect(await firstFrom('5511999990023')).toMatchObject({ body: 'to you' })
  expect(await from('5511999990023')).toHaveLength(1)
})

test('what the owner writes on the phone is told as sent elsewhere', async () => {
  const { hermod, whatsApp } = service
  await hermod.call('POST', '/webhook-endpoints', {
    key,
    body: { url: `${hermod.receiver.url}/elsewhere`, events: ['message.sent_elsewhere'] },
  })
  await whatsApp.control.sendFromPhone({ phone, to: '5511999990024', text: 'by hand' })
  const told = await hermod.receiver.waitFor(({ path }) => path === '/elsewhere')
  expect(told.payload).toMatchObject({
    type: 'message.sent_elsewhere',
    data: { to: '5511999990024', body: 'by hand' },
  })
  expect(await from('5511999990024')).toEqual([])
})
