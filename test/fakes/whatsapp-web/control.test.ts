import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import {
  type Client,
  closed,
  connect,
  opened,
  qrOf,
  reloaded,
  until,
} from '../../support/linked-device/client.ts'
import { isJson, type Json } from '../http.ts'
import { startWhatsAppWeb, type WhatsAppWeb } from './server.ts'

/** The control over HTTP, for tests whose service runs in another process. */

const phone = '27821234567'
const contact = '5511999990002'
let whatsApp: WhatsAppWeb

beforeEach(async () => {
  whatsApp = await startWhatsAppWeb()
})

afterEach(() => whatsApp.close())

async function control(method: string, path: string, body?: unknown): Promise<Json> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
  const answer: unknown = await (await fetch(`${whatsApp.url}/__control/${path}`, init)).json()
  return isJson(answer) ? answer : { list: answer }
}

async function pairOverHttp(): Promise<Client> {
  const first = connect(whatsApp)
  expect(await control('POST', 'scan', { qr: await qrOf(first), phone })).toEqual({ device: `${phone}:1` })
  await closed(first)
  return opened(connect(whatsApp, reloaded(first.memory)))
}

test('a device is paired, sends, gets receipts and messages, and is unlinked over HTTP', async () => {
  const client = await pairOverHttp()
  expect(await control('GET', 'devices')).toEqual({
    list: [{ device: `${phone}:1`, isOnline: true, preKeys: 812, unacknowledged: 0 }],
  })
  await control('POST', 'rules', [{ times: 1, outcome: { kind: 'error', code: 463 } }])
  for (const messageId of ['REFUSED', 'SENT']) {
    await client.socket.sendMessage(`${contact}@s.whatsapp.net`, { text: messageId }, { messageId })
  }
  await until(() => client.acks.length === 2)
  expect(await control('GET', 'ledger?id=SENT')).toMatchObject({
    messages: [{ kind: 'text', answer: 'ack' }],
  })
  expect(await control('GET', `ledger?to=${contact}`)).toMatchObject({
    messages: [{ id: 'REFUSED' }, { id: 'SENT' }],
  })
  expect(await control('GET', 'ledger?after=1&limit=1')).toMatchObject({ messages: [{ id: 'SENT' }] })
  expect(await control('GET', 'ledger')).toMatchObject({
    messages: 2,
    pairings: [{ by: 'qr' }],
    conflicts: [],
    shownTwice: [],
    overlaps: [],
    faults: [],
  })

  await control('POST', 'receipt', { device: phone, ids: ['SENT'], type: 'read' })
  await until(() => client.statuses.some(({ id, status }) => id === 'SENT' && status === 4))
  const media = { kind: 'image', bytes: Buffer.from('abc').toString('base64'), mimeType: 'image/png' }
  const inbound = await control('POST', 'inbound', { to: phone, from: contact, media })
  const own = await control('POST', 'own', { phone, to: contact, text: 'from the phone' })
  await until(() => client.messages.length === 2)
  expect(client.messages).toMatchObject([
    { key: { id: inbound['id'] }, message: { imageMessage: { mimetype: 'image/png' } } },
    { key: { id: own['id'], fromMe: true } },
  ])
  expect(await control('GET', 'media')).toMatchObject({ list: [expect.stringContaining('/v/')] })

  await control('POST', 'logout', { device: phone })
  expect(await closed(client)).toBe(401)
})

test('a code is typed over HTTP, wrong and then right', async () => {
  const first = connect(whatsApp)
  await qrOf(first)
  const code = await first.socket.requestPairingCode(phone)
  await until(() => whatsApp.control.pairings()[0]?.phone === phone)
  expect(await control('GET', 'pairings')).toEqual({ list: [{ phone }] })
  expect(await control('POST', 'code', { code: 'WRONG123', phone })).toEqual({ error: 'the code is wrong' })
  expect(await control('POST', 'code', { code, phone: `+${phone}` })).toEqual({ device: `${phone}:1` })
})

test('sockets are ended and numbers leave WhatsApp over HTTP', async () => {
  const client = await pairOverHttp()
  await control('POST', 'numbers', { phone: contact, isOnWhatsApp: false })
  expect(await client.socket.onWhatsApp(contact)).toEqual([])
  await control('POST', 'restriction', { phone, isActive: true })
  expect(await client.socket.fetchAccountReachoutTimelock()).toMatchObject({ isActive: true })
  await control('POST', 'disconnect', { device: phone, why: { kind: 'stream-error', code: 503 } })
  expect(await closed(client)).toBe(503)
  expect(await control('GET', 'sockets')).toMatchObject({ sockets: [{ device: `${phone}:1` }], overlaps: [] })
  await control('POST', 'reset')
  expect(await control('GET', 'ledger')).toMatchObject({ messages: 0, pairings: [] })
})

test('invalid input is refused with a reason', async () => {
  expect(await control('POST', 'scan', { qr: 'nonsense', phone })).toEqual({
    error: 'no client shows this QR code',
  })
  expect(await control('POST', 'receipt', { device: phone, ids: ['X'] })).toHaveProperty('error')
  expect(await control('POST', 'rules', [{ outcome: { kind: 'typo' } }])).toHaveProperty('error')
  expect(await control('GET', 'nothing')).toHaveProperty('known')
})

test('the fake runs as a process of its own and says where it is', async () => {
  const path = fileURLToPath(new URL('main.ts', import.meta.url))
  const args = ['--receipts.types', '["read"]', '--qr-refs', '2']
  const child = fork(path, args, { execArgv: ['--import', 'tsx'], silent: true })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [message]: unknown[] = await once(child, 'message')
  const ready = z.object({ url: z.string(), socketUrl: z.string(), rootKey: z.string() }).parse(message)

  const client = connect(ready)
  const scan = { qr: await qrOf(client), phone }
  const answer = await fetch(`${ready.url}/__control/scan`, { method: 'POST', body: JSON.stringify(scan) })
  expect(await answer.json()).toEqual({ device: `${phone}:1` })
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
})
