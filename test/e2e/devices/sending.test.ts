import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'
import { until } from '../../support/service.ts'
import { connectSql } from '../../support/sql.ts'

const phone = '27821234510'
let service: DeviceService
let key: string
let id: string
beforeAll(async () => {
  service = await startDeviceService({ whatsApp: { notOnWhatsApp: ['5511999990404'] } })
  ;({ key, id } = await service.device(phone))
})
afterAll(() => service.stop())

const ledger = () => service.whatsApp.control.ledger

test('receipts move a message to read, whatever their order and addressing', async () => {
  const { hermod, whatsApp } = service
  whatsApp.control.rules.add({
    when: { to: '5511999990010' },
    receipts: { types: ['delivered', 'read'], order: 'reverse', repeat: 2, addressing: 'lid' },
  })
  const message = await service.send(key, { to: '5511999990010', message: 'Hi' })
  const view = await hermod.messageUntil(
    key,
    message,
    ({ status, timeline }) => status === 'read' && timeline.some((entry) => entry.status === 'delivered'),
  )
  expect(view['deliveredAt']).not.toBeNull()
})

test('a number that is not on WhatsApp fails, and is never written to', async () => {
  const message = await service.send(key, { to: '5511999990404', message: 'Hi' })
  const view = await service.hermod.messageUntil(key, message, ({ status }) => status === 'failed')
  expect(view).toMatchObject({ errorCode: 'recipient_not_on_whatsapp' })
  expect(ledger().byRecipient('5511999990404')).toEqual([])
})

test('a message whose acknowledgement is lost is sent again under the same id', async () => {
  const { hermod, whatsApp } = service
  whatsApp.control.rules.add({
    when: { to: '5511999990011' },
    times: 1,
    outcome: { kind: 'silence', accepted: false },
  })
  const message = await service.send(key, { to: '5511999990011', message: 'once' })
  const view = await hermod.messageUntil(key, message, ({ status }) => status === 'delivered')
  const arrived = ledger().byRecipient('5511999990011')
  expect(arrived.length).toBeGreaterThan(1)
  expect(new Set(arrived.map((one) => one.id))).toEqual(new Set([view['externalId']]))
  expect(ledger().conflicts()).toEqual([])
  expect(ledger().shownTwice()).toEqual([])
})

test('a message is sent again for as long as it lives, however often nobody acknowledged it', async () => {
  const { hermod, whatsApp } = service
  const to = '5511999990090'
  whatsApp.control.rules.add({ when: { to }, times: 1, outcome: { kind: 'silence', accepted: false } })
  const message = await service.send(key, { to, message: 'at last' })
  await hermod.messageUntil(key, message, (view) => view.attempts.length > 0)
  const sql = await connectSql(hermod.databaseUrl)
  // As if it had been tried more often than a message may that phones would show as often.
  await sql.query(`update messages set attempt = attempt + 4, rev = rev + 1 where id = $1`, [message])
  await sql.end()
  await hermod.messageUntil(key, message, ({ status }) => status === 'delivered')
  expect(
    new Set(
      ledger()
        .byRecipient(to)
        .map((one) => one.id),
    ).size,
  ).toBe(1)
})

test('a socket that is cut at a send comes back, and the message arrives once', async () => {
  const { hermod, whatsApp } = service
  whatsApp.control.rules.add({
    when: { to: '5511999990012' },
    times: 1,
    outcome: { kind: 'drop', accepted: false },
  })
  const message = await service.send(key, { to: '5511999990012', message: 'cut' })
  await hermod.messageUntil(key, message, ({ status }) => status === 'delivered')
  expect(ledger().conflicts()).toEqual([])
  expect(ledger().shownTwice()).toEqual([])
})

const cards = [
  { name: { formatted_name: 'Ana' }, phones: [{ phone: '+5511999990001', wa_id: '5511999990001' }] },
]
test.each([
  ['location', { location: { latitude: -33.9, longitude: 18.4, name: 'Here' } }],
  ['contacts', { contacts: cards }],
])('%s arrives as what it is', async (kind, content) => {
  const to = kind === 'location' ? '5511999990013' : '5511999990014'
  const message = await service.send(key, { to, ...content })
  await service.hermod.messageUntil(key, message, ({ status }) => status === 'delivered')
  const [arrived] = ledger().byRecipient(to)
  expect(arrived?.content).toHaveProperty(kind === 'location' ? 'locationMessage' : 'contactMessage')
})

test('a reaction and a reply name the message of the customer', async () => {
  const { hermod, whatsApp } = service
  const from = '5511999990015'
  const inbound = await whatsApp.control.inbound({ to: phone, from, text: 'a question' })
  const reply = await service.send(key, { to: from, message: 'an answer', replyTo: inbound })
  await hermod.messageUntil(key, reply, ({ status }) => status === 'delivered')
  const reaction = await service.send(key, { to: from, reaction: { messageId: inbound, emoji: '👍' } })
  await hermod.messageUntil(key, reaction, ({ status }) => status === 'delivered')
  expect(
    ledger()
      .byRecipient(from)
      .map(({ content }) => content),
  ).toMatchObject([
    { extendedTextMessage: { contextInfo: { stanzaId: inbound } } },
    { reactionMessage: { key: { id: inbound, fromMe: false }, text: '👍' } },
  ])
})

test.each([
  ['template', { template: { name: 'hello', language: 'en_US' } }],
  [
    'interactive',
    {
      interactive: {
        type: 'button',
        body: { text: 'Hi' },
        action: { buttons: [{ type: 'reply', reply: { id: 'a', title: 'A' } }] },
      },
    },
  ],
])('what only the Cloud API has is refused at once: %s', async (_name, content) => {
  const answer = await service.hermod.call('POST', '/send-message', {
    key,
    body: { to: '5511999990016', ...content },
  })
  expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } })
})

test('a message waits while its device is disconnected, says so, and uses no attempt', async () => {
  const { hermod } = service
  await hermod.call('POST', `/sessions/${id}/disconnect`, { key })
  expect(await service.link(key, id)).toMatchObject({ state: 'disconnected' })
  const message = await service.send(key, { to: '5511999990017', message: 'later' })
  const waiting = await hermod.messageUntil(key, message, (view) => view['waiting'] !== null)
  expect(waiting).toMatchObject({ status: 'queued', waiting: { code: 'device_disconnected' }, attempts: [] })
  await hermod.call('POST', `/sessions/${id}/connect`, { key })
  const view = await hermod.messageUntil(key, message, ({ status }) => status === 'delivered')
  expect(view.attempts).toHaveLength(1)
})

test('a device that WhatsApp logged out refuses sends, and its keys are gone', async () => {
  const { hermod, whatsApp } = service
  const other = await service.device('27821234511')
  whatsApp.control.logOut('27821234511')
  expect(await service.linkUntil(other.key, other.id, 'logged_out')).toMatchObject({
    reason: expect.stringContaining('unlinked'),
  })
  const send = () =>
    hermod.call('POST', '/send-message', { key: other.key, body: { to: '5511999990018', message: 'no' } })
  expect(await until(send, ({ status }) => status !== 202)).toMatchObject({
    status: 409,
    body: { code: 'session_not_linked' },
  })
})

test('a device that another program replaced is not fought over: its owner is told, and connects it again', async () => {
  const { hermod, whatsApp } = service
  const other = await service.device('27821234512')
  await hermod.call('POST', '/webhook-endpoints', {
    key: other.key,
    body: { url: `${hermod.receiver.url}/replaced`, events: ['session.replaced'] },
  })
  whatsApp.control.disconnect('27821234512', { kind: 'stream-error', code: 440 })
  expect(await service.linkUntil(other.key, other.id, 'replaced')).toMatchObject({
    phone: '27821234512',
    reason: expect.stringContaining('Another program'),
    nextRetryAt: null,
  })
  await hermod.receiver.waitFor(({ path }) => path === '/replaced')
  const body = { to: '5511999990019', message: 'no' }
  const send = () => hermod.call('POST', '/send-message', { key: other.key, body })
  expect(await until(send, ({ status }) => status !== 202)).toMatchObject({ status: 409 })
  // Nobody holds it, so nobody opens a socket.
  const sockets = () => ledger().sockets.filter(({ device }) => device.startsWith('27821234512'))
  expect(sockets().every(({ closedAt }) => closedAt !== null)).toBe(true)
  const before = sockets().length
  await hermod.call('POST', `/sessions/${other.id}/connect`, { key: other.key })
  await service.linkUntil(other.key, other.id, 'connected')
  expect(sockets()).toHaveLength(before + 1)
})
