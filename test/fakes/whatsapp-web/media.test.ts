import { readFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { type AnyMessageContent, downloadMediaMessage } from '@whiskeysockets/baileys'
import { Agent } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Client, pair, until } from '../../support/linked-device/client.ts'
import { authorityFile } from '../certificates/index.ts'
import { startWhatsAppWeb, type WhatsAppWeb } from './server.ts'

/** Media up and down, encrypted as WhatsApp does. */

const phone = '27821234567'
const contact = '5511999990002'
const to = `${contact}@s.whatsapp.net`
const bytes = Buffer.from('some bytes that are no picture, which nobody checks')
const sha256 = createHash('sha256').update(bytes).digest('hex')
let whatsApp: WhatsAppWeb
let client: Client

beforeEach(async () => {
  whatsApp = await startWhatsAppWeb()
  client = await pair(whatsApp, phone)
})

afterEach(() => whatsApp.close())

// A thumbnail of our own keeps the library from reading the picture.
const jpegThumbnail = ''
const contents: [string, AnyMessageContent][] = [
  ['image', { image: bytes, caption: 'c', jpegThumbnail }],
  ['video', { video: bytes, caption: 'c', jpegThumbnail }],
  ['audio', { audio: bytes, mimetype: 'audio/mp4', seconds: 1 }],
  ['voice', { audio: bytes, mimetype: 'audio/ogg; codecs=opus', ptt: true, seconds: 1 }],
  ['document', { document: bytes, mimetype: 'application/pdf', fileName: 'a.pdf' }],
  ['sticker', { sticker: bytes, mimetype: 'image/webp' }],
]

test.each(contents)('%s: the recipient decrypts the file that was uploaded', async (kind, content) => {
  await client.socket.sendMessage(to, content, { messageId: 'FILE' })
  await until(() => client.acks.length === 1)
  expect(whatsApp.control.ledger.messages).toMatchObject([
    { kind, media: { sha256, bytes: bytes.length }, faults: [] },
  ])
})

test('the same file uploaded again is the same message', async () => {
  for (const turn of [1, 2]) {
    await client.socket.sendMessage(to, { document: bytes, mimetype: 'text/plain' }, { messageId: 'FILE' })
    await until(() => client.acks.length === turn)
  }
  expect(whatsApp.control.ledger.conflicts()).toEqual([])
})

test.each([
  { kind: 'error', code: 507 },
  { kind: 'drop', accepted: false },
  { kind: 'drop', accepted: true },
] as const)('an upload that fails (%o) fails the send, and the next one works', async (outcome) => {
  whatsApp.control.rules.add({ when: { on: 'upload' }, times: 1, outcome })
  const send = () => client.socket.sendMessage(to, { document: bytes, mimetype: 'text/plain' })
  await expect(send()).rejects.toThrow('Media upload failed on all hosts')
  await send()
  await until(() => client.acks.length === 1)
  expect(whatsApp.control.ledger.messages).toHaveLength(1)
})

test.each(['image', 'video', 'audio', 'document', 'sticker'] as const)(
  'a contact sends a file of the kind %s, which the device downloads until WhatsApp deletes it',
  async (kind) => {
    const media = { kind, bytes, mimeType: 'application/octet-stream' }
    await whatsApp.control.inbound({ to: phone, from: contact, media })
    const message = await until(() => client.messages[0])
    const options: RequestInit = {}
    // The types of Node's fetch and of the package differ, though the one takes the other's agents.
    Reflect.set(options, 'dispatcher', new Agent({ connect: { ca: readFileSync(authorityFile) } }))
    const download = () => downloadMediaMessage(message, 'buffer', { options })
    expect(await download()).toEqual(bytes)
    for (const path of whatsApp.control.mediaPaths()) whatsApp.control.deleteMedia(path)
    await expect(download()).rejects.toMatchObject({ output: { statusCode: 410 } })
  },
)
