import type { BinaryNode } from '@whiskeysockets/baileys'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Client, connect, opened, pair, reloaded, until } from '../../support/linked-device/client.ts'
import type { ReceiptType } from './options.ts'
import { startWhatsAppWeb, type WhatsAppWeb } from './server.ts'

/** Receipts in both directions: in any order, repeated, from either address. */

const phone = '27821234567'
const contact = '5511999990002'
const to = `${contact}@s.whatsapp.net`
let whatsApp: WhatsAppWeb
let client: Client

beforeEach(async () => {
  whatsApp = await startWhatsAppWeb({ receipts: { types: [] } })
  client = await pair(whatsApp, phone)
})

afterEach(() => whatsApp.close())

async function sent(messageId: string): Promise<void> {
  await client.socket.sendMessage(to, { text: messageId }, { messageId })
  await until(() => client.acks.some(({ id }) => id === messageId))
}

/** The library's numbers of statuses: `WAMessageStatus`. */
const [serverAck, delivered, read, played] = [2, 3, 4, 5]

const reported: [ReceiptType, number][] = [
  ['delivered', delivered],
  ['read', read],
  ['played', played],
  ['sender', serverAck],
]

test.each(reported)('a receipt %s is reported as status %i', async (type, status) => {
  await sent('M')
  whatsApp.control.receipt({ device: phone, ids: ['M'], type })
  await until(() => client.statuses.length === 1)
  expect(client.statuses).toMatchObject([{ id: 'M', status }])
  await until(() => whatsApp.control.devices()[0]?.unacknowledged === 0)
})

test('an `inactive` receipt is not reported', async () => {
  await sent('M')
  whatsApp.control.receipt({ device: phone, ids: ['M'], type: 'inactive' })
  whatsApp.control.receipt({ device: phone, ids: ['M'], type: 'read' })
  await until(() => client.statuses.length === 1)
  expect(client.statuses).toMatchObject([{ status: read }])
})

test('one receipt can be for several messages', async () => {
  await sent('ONE')
  await sent('TWO')
  whatsApp.control.receipt({ device: phone, ids: ['ONE', 'TWO'], type: 'read' })
  await until(() => client.statuses.length === 2)
  expect(client.statuses.map(({ id }) => id)).toEqual(['ONE', 'TWO'])
})

test('a receipt by LID names the LID, whatever the message was sent to', async () => {
  await sent('M')
  whatsApp.control.receipt({ device: phone, ids: ['M'], type: 'read', addressing: 'lid' })
  await until(() => client.statuses.length === 1)
  expect(client.statuses).toMatchObject([{ id: 'M', from: `9${contact}@lid`, status: read }])
})

test('receipts follow a message by themselves, as planned: repeated and in reverse', async () => {
  whatsApp.control.rules.add({
    receipts: { types: ['delivered', 'read', 'played'], order: 'reverse', repeat: 2, stepMs: 1 },
  })
  const types: string[] = []
  client.socket.ws.on('CB:receipt', ({ attrs }: BinaryNode) => types.push(attrs['type'] ?? 'delivered'))
  await sent('M')
  await until(() => types.length === 6)
  expect(types).toEqual(['played', 'played', 'read', 'read', 'delivered', 'delivered'])
  await until(() => whatsApp.control.devices()[0]?.unacknowledged === 0)
  // The library merges what comes in one burst, and the last one wins: a status can go back.
  expect(client.statuses.at(-1)).toMatchObject({ id: 'M', status: delivered })
})

test('a message is delivered by default, and one that a rule refuses is not', async () => {
  await whatsApp.close()
  whatsApp = await startWhatsAppWeb()
  client = await pair(whatsApp, phone)
  whatsApp.control.rules.add({ times: 1, outcome: { kind: 'error', code: 479 } })
  await sent('BAD')
  await sent('GOOD')
  await until(() => client.statuses.some(({ id }) => id === 'GOOD'))
  expect(client.statuses.filter(({ status }) => status === delivered)).toMatchObject([{ id: 'GOOD' }])
})

test('a receipt that comes while a device is offline waits for it', async () => {
  await sent('M')
  await client.socket.end(undefined)
  await until(() => whatsApp.control.devices()[0]?.isOnline === false)
  whatsApp.control.receipt({ device: phone, ids: ['M'], type: 'read' })
  const back = await opened(connect(whatsApp, reloaded(client.memory)))
  await until(() => back.statuses.length === 1)
  expect(back.statuses).toMatchObject([{ id: 'M', status: read }])
})

test('the receipts of a device reach the ledger', async () => {
  const id = await whatsApp.control.inbound({ to: phone, from: contact, text: 'read me' })
  const [message] = await until(() => client.messages.length > 0 && client.messages)
  await client.socket.readMessages([message?.key ?? {}])
  await until(() => whatsApp.control.ledger.receipts.some(({ type }) => type === 'read'))
  expect(whatsApp.control.ledger.receipts.at(-1)).toMatchObject({ ids: [id], to, type: 'read' })
})
