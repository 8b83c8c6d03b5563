import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Client, pair, until } from '../../support/linked-device/client.ts'
import { startWhatsAppWeb, type WhatsAppWeb } from './server.ts'

/** The queries of a device: numbers, keys, restrictions, app state. */

const phone = '27821234567'
const contact = '5511999990002'
const device = `${phone}:1`
let whatsApp: WhatsAppWeb
let client: Client

beforeEach(async () => {
  whatsApp = await startWhatsAppWeb({ notOnWhatsApp: ['+5511000000000'] })
  client = await pair(whatsApp, phone)
})

afterEach(() => whatsApp.close())

test('numbers that are not on WhatsApp are missing from the answer', async () => {
  const ask = () => client.socket.onWhatsApp(contact, '5511000000000', '5511000000001')
  whatsApp.control.setOnWhatsApp('5511000000001', false)
  expect(await ask()).toEqual([{ jid: `${contact}@s.whatsapp.net`, exists: true }])
  whatsApp.control.setOnWhatsApp('5511000000000', true)
  expect(await ask()).toHaveLength(2)
})

test('a message to a number that is not on WhatsApp reaches nobody', async () => {
  const to = '5511000000000@s.whatsapp.net'
  await client.socket.sendMessage(to, { text: 'hello?' }, { messageId: 'NOBODY' }).catch(() => undefined)
  const deliveredTo = whatsApp.control.ledger.byId('NOBODY').flatMap((message) => message.deliveredTo)
  expect(deliveredTo.filter((name) => name.startsWith('5511'))).toEqual([])
})

test('few one-time keys make the device upload more', async () => {
  whatsApp.control.dropPreKeys(device, 2)
  await until(() => whatsApp.control.ledger.keyUploads.length === 2)
  expect(whatsApp.control.ledger.keyUploads[1]).toMatchObject({ device, preKeys: 5 })
  expect(whatsApp.control.devices()[0]?.preKeys).toBe(7)
})

test('the signed key is rotated', async () => {
  await client.socket.rotateSignedPreKey()
  expect(whatsApp.control.ledger.keyUploads.at(-1)).toMatchObject({ device, preKeys: 0 })
  await whatsApp.control.inbound({ to: phone, from: contact, text: 'with the new key' })
  await until(() => client.messages.length === 1)
})

test('a restriction of new chats is the answer to a query, and a notification', async () => {
  expect(await client.socket.fetchAccountReachoutTimelock()).toMatchObject({ isActive: false })
  const endsAt = 1_900_000_000
  whatsApp.control.restrict({ phone, isActive: true, endsAt, notify: true })
  await until(() => client.states.some(({ reachoutTimeLock }) => reachoutTimeLock?.isActive))
  expect(await client.socket.fetchAccountReachoutTimelock()).toEqual({
    isActive: true,
    timeEnforcementEnds: new Date(endsAt * 1_000),
    enforcementType: 'WEB_COMPANION_ONLY',
  })
})

test('the quota of new chats is the answer to a query', async () => {
  whatsApp.control.setNewChatCap(phone, { used: 50, status: 'CAPPED' })
  expect(await client.socket.fetchNewChatMessageCap()).toMatchObject({
    total_quota: 50,
    used_quota: 50,
    capping_status: 'CAPPED',
  })
})

test('the app state is empty, there are no groups, and nobody is blocked', async () => {
  await client.socket.resyncAppState(['regular', 'critical_block'], true)
  expect(await client.socket.groupFetchAllParticipating()).toEqual({})
  expect(await client.socket.fetchBlocklist()).toEqual([])
  expect(whatsApp.control.ledger.faults).toEqual([])
})

test('a query is refused, or never answered, when a rule says so', async () => {
  whatsApp.control.rules.add(
    { when: { on: 'query', namespace: 'usync' }, times: 1, outcome: { kind: 'error', code: 429 } },
    { when: { on: 'query', namespace: 'usync' }, times: 1, outcome: { kind: 'silence', accepted: false } },
  )
  await expect(client.socket.onWhatsApp(contact)).rejects.toMatchObject({ data: 429 })
  const asked = client.socket.query(
    {
      tag: 'iq',
      attrs: { to: 's.whatsapp.net', type: 'get', xmlns: 'usync' },
    },
    50,
  )
  await expect(asked).rejects.toMatchObject({ output: { statusCode: 408 } })
})
