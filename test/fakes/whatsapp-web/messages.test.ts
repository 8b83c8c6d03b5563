import type { AnyMessageContent } from '@whiskeysockets/baileys'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type Client,
  closed,
  connect,
  opened,
  pair,
  reloaded,
  until,
} from '../../support/linked-device/client.ts'
import { startWhatsAppWeb, type WhatsAppWeb } from './server.ts'

/** Messages both ways, end to end encrypted, and what the server can do to them. */

const phone = '27821234567'
const contact = '5511999990002'
const to = `${contact}@s.whatsapp.net`
let whatsApp: WhatsAppWeb
let client: Client

beforeEach(async () => {
  whatsApp = await startWhatsAppWeb()
  client = await pair(whatsApp, phone)
})

afterEach(() => whatsApp.close())

const send = (text: string, messageId: string, device = client) =>
  device.socket.sendMessage(to, { text }, { messageId })

const ledger = () => whatsApp.control.ledger
const arrived = (id: string) => until(() => ledger().byId(id)[0])

test('a text arrives decrypted under the id that the sender chose, and is acknowledged', async () => {
  await send('Olá', 'OWN1')
  await until(() => client.acks.length === 1)
  expect(client.acks).toEqual([{ id: 'OWN1', error: null }])
  expect(ledger().messages).toMatchObject([
    {
      id: 'OWN1',
      device: `${phone}:1`,
      to: contact,
      kind: 'text',
      content: { extendedTextMessage: { text: 'Olá' } },
      answer: 'ack',
      // The sender's own phone gets a copy.
      deliveredTo: expect.arrayContaining([`${contact}:0`, `${phone}:0`]),
      faults: [],
    },
  ])
  expect(ledger().faults).toEqual([])
})

const contents: [string, AnyMessageContent][] = [
  ['location', { location: { degreesLatitude: 1, degreesLongitude: 2 } }],
  ['contacts', { contacts: { displayName: 'Ana', contacts: [{ vcard: 'BEGIN:VCARD' }] } }],
  ['reaction', { react: { text: '👍', key: { remoteJid: to, id: 'X', fromMe: false } } }],
]

test.each(contents)('%s: the ledger has the kind', async (kind, content) => {
  await client.socket.sendMessage(to, content, { messageId: 'KIND' })
  expect(await arrived('KIND')).toMatchObject({ kind })
})

test('a reply carries what it quotes', async () => {
  const id = await whatsApp.control.inbound({ to: phone, from: contact, text: 'a question' })
  const quoted = await until(() => client.messages[0])
  await client.socket.sendMessage(to, { text: 'an answer' }, { messageId: 'REPLY', quoted })
  expect(await arrived('REPLY')).toMatchObject({
    content: {
      extendedTextMessage: {
        contextInfo: { stanzaId: id, quotedMessage: { conversation: 'a question' } },
      },
    },
  })
})

test.each([463, 479])(
  'an error %i in the ack is reported as one, and the recipient gets nothing',
  async (code) => {
    whatsApp.control.rules.add({ outcome: { kind: 'error', code } })
    await send('no', 'BAD')
    await until(() => client.statuses.length === 1)
    expect(client.statuses).toMatchObject([{ id: 'BAD', status: 0, error: String(code) }])
    expect(ledger().messages).toMatchObject([{ isAccepted: false, content: null, answer: `error ${code}` }])
  },
)

test('silence: the promise resolves, no ack comes, and the same message can be sent again under the same id', async () => {
  whatsApp.control.rules.add({ times: 1, outcome: { kind: 'silence', accepted: true } })
  await send('once', 'SAME')
  await arrived('SAME')
  await send('once', 'SAME')
  await until(() => client.acks.length === 1)
  expect(ledger().byId('SAME')).toMatchObject([{ answer: 'none' }, { answer: 'ack' }])
  expect(ledger().conflicts()).toEqual([])
  expect(ledger().shownTwice()).toEqual([])
})

test('one id for two contents, and one content under two ids, are found', async () => {
  await send('first', 'A')
  await send('second', 'A')
  await send('second', 'B')
  await until(() => client.acks.length === 3)
  expect(ledger().conflicts()).toEqual(['A'])
  expect(ledger().shownTwice()).toHaveLength(1)
})

test.each([true, false])('a socket dropped at a send, message accepted: %s', async (accepted) => {
  whatsApp.control.rules.add({ times: 1, outcome: { kind: 'drop', accepted } })
  await send('cut', 'CUT').catch(() => undefined)
  expect(await closed(client)).toBe(428)
  expect(await arrived('CUT')).toMatchObject({ answer: 'drop', isAccepted: accepted })

  const again = await opened(connect(whatsApp, reloaded(client.memory)))
  await send('cut', 'CUT', again)
  await until(() => again.acks.length === 1)
  expect(ledger().conflicts()).toEqual([])
  expect(ledger().byId('CUT').at(-1)).toMatchObject({ answer: 'ack', kind: 'text' })
})

test('acks come twice, late and out of order when a rule says so', async () => {
  whatsApp.control.rules.add({ when: { id: 'ONE' }, delayMs: 60 }, { when: { id: 'TWO' }, acks: 2 })
  await send('1', 'ONE')
  await send('2', 'TWO')
  await until(() => client.acks.length === 3)
  expect(client.acks.map(({ id }) => id)).toEqual(['TWO', 'TWO', 'ONE'])
})

test('a contact writes: encrypted, by phone number or by LID, with the name and both addresses', async () => {
  await whatsApp.control.inbound({ to: phone, from: contact, text: 'by number', name: 'Ana' })
  // The library stores the LID before it decrypts, so that a second message could overtake the first.
  await until(() => client.messages.length === 1)
  await whatsApp.control.inbound({ to: phone, from: contact, text: 'by LID', addressing: 'lid' })
  await until(() => client.messages.length === 2)
  expect(client.messages).toMatchObject([
    {
      key: { remoteJid: to, remoteJidAlt: `9${contact}@lid`, fromMe: false },
      message: { conversation: 'by number' },
      pushName: 'Ana',
    },
    { key: { remoteJid: `9${contact}@lid`, remoteJidAlt: to }, message: { conversation: 'by LID' } },
  ])
  await until(() => whatsApp.control.devices()[0]?.unacknowledged === 0)
  expect(ledger().receipts).toMatchObject([{ type: 'inactive' }, { type: 'inactive' }])
})

test('a conversation goes on in the same Signal session', async () => {
  for (const turn of [1, 2, 3]) {
    await whatsApp.control.inbound({ to: phone, from: contact, text: `question ${turn}` })
    await until(() => client.messages.length === turn)
    await send(`answer ${turn}`, `TURN${turn}`)
    expect(
      await until(() =>
        ledger()
          .byId(`TURN${turn}`)
          .find(({ kind }) => kind),
      ),
    ).toMatchObject({ faults: [] })
  }
})

test('an inbound message that is sent twice is reported twice, under one id', async () => {
  const id = await whatsApp.control.inbound({ to: phone, from: contact, text: 'twice', repeat: 2 })
  await until(() => client.messages.length === 2)
  expect(client.messages.map(({ key }) => key.id)).toEqual([id, id])
})

test('a message that comes while a device is offline waits for it', async () => {
  await client.socket.end(undefined)
  await until(() => whatsApp.control.devices()[0]?.isOnline === false)
  await whatsApp.control.inbound({ to: phone, from: contact, text: 'missed' })
  const back = await opened(connect(whatsApp, reloaded(client.memory)))
  await until(() => back.messages.length === 1)
  expect(back.messages).toMatchObject([{ message: { conversation: 'missed' } }])
  await until(() => whatsApp.control.devices()[0]?.unacknowledged === 0)
})

test('a message that the owner writes on the phone is reported as the own message', async () => {
  const id = await whatsApp.control.sendFromPhone({ phone, to: contact, text: 'from my phone' })
  await until(() => client.messages.length === 1)
  expect(client.messages).toMatchObject([
    { key: { id, fromMe: true, remoteJid: to }, message: { conversation: 'from my phone' } },
  ])
})

test('messages of a group and a status are encrypted with a key of their own', async () => {
  const group = '120363000000000000@g.us'
  await whatsApp.control.inbound({ to: phone, from: contact, text: 'to all', group })
  await whatsApp.control.inbound({ to: phone, from: contact, text: 'my day', group: 'status@broadcast' })
  await until(() => client.messages.length === 2)
  expect(client.messages).toMatchObject([
    { key: { remoteJid: group, participant: to }, message: { conversation: 'to all' } },
    { key: { remoteJid: 'status@broadcast', participant: to }, message: { conversation: 'my day' } },
  ])
})

test('two linked devices write to each other', async () => {
  const other = await pair(whatsApp, contact)
  await send('hello', 'HELLO')
  await until(() => other.messages.length === 1)
  expect(other.messages).toMatchObject([
    { key: { id: 'HELLO' }, message: { extendedTextMessage: { text: 'hello' } } },
  ])
  await other.socket.sendMessage(`${phone}@s.whatsapp.net`, { text: 'and back' })
  await until(() => client.messages.length === 1)
})

test('a message that its recipient cannot decrypt is asked for again, and comes under the same id', async () => {
  await send('first', 'FIRST')
  await until(() => client.acks.length === 1)
  await whatsApp.control.inbound({ to: phone, from: contact, text: 'so that the session is agreed' })
  await until(() => client.messages.length === 1)
  await whatsApp.control.loseSessions(contact)
  await send('second', 'SECOND')
  const arrivals = await until(() => ledger().byId('SECOND').length === 2 && ledger().byId('SECOND'))
  expect(arrivals).toMatchObject([
    { kind: null, faults: [expect.stringContaining(contact)] },
    { kind: 'text', faults: [] },
  ])
})

test('a contact asks again for a message', async () => {
  await send('again', 'AGAIN')
  await until(() => client.acks.length === 1)
  whatsApp.control.receipt({ device: phone, ids: ['AGAIN'], type: 'retry' })
  await until(() => ledger().byId('AGAIN').length === 2)
  await until(() => client.acks.length === 2)
  expect(ledger().conflicts()).toEqual([])
})

test('a device whose keys come from a backup works again: it asks for what it cannot decrypt', async () => {
  await whatsApp.control.inbound({ to: phone, from: contact, text: 'before' })
  await until(() => client.messages.length === 1)
  const backup = { creds: reloaded(client.memory).creds, keys: client.memory.keys.copy() }
  await send('lost to the backup', 'LOST')
  await until(() => ledger().byId('LOST')[0]?.kind)
  await whatsApp.control.inbound({ to: phone, from: contact, text: 'lost to the backup' })
  await until(() => client.messages.length === 2)
  await client.socket.end(undefined)

  const restored = await opened(connect(whatsApp, backup))
  const text = 'cannot be decrypted at first'
  await whatsApp.control.inbound({ to: phone, from: contact, text })
  await until(() => restored.messages.some(({ message }) => message?.conversation === text))
  expect(ledger().receipts.some(({ type }) => type === 'retry')).toBe(true)
  await send('after', 'AFTER', restored)
  await until(() =>
    ledger()
      .byId('AFTER')
      .some(({ kind }) => kind === 'text'),
  )
})
