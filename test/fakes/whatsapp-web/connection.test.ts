import { afterEach, beforeEach, expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import {
  type Client,
  closed,
  connect,
  newMemory,
  opened,
  pair,
  reloaded,
  until,
} from '../../support/linked-device/client.ts'
import type { Ending } from './protocol/connection.ts'
import { startWhatsAppWeb, type WhatsAppWeb } from './server.ts'

/** The ends of connections, the reasons that the library reports, and the ownership of a device. */

const phone = '27821234567'
const device = `${phone}:1`
let whatsApp: WhatsAppWeb
let client: Client

beforeEach(async () => {
  whatsApp = await startWhatsAppWeb()
  client = await pair(whatsApp, phone)
})

afterEach(() => whatsApp.close())

const endings: [string, Ending, number][] = [
  ['stream error 401', { kind: 'stream-error', code: 401 }, 401],
  ['stream error 403', { kind: 'stream-error', code: 403 }, 403],
  ['stream error 408', { kind: 'stream-error', code: 408 }, 408],
  ['stream error 440', { kind: 'stream-error', code: 440 }, 440],
  ['stream error 500', { kind: 'stream-error', code: 500 }, 500],
  ['stream error 503', { kind: 'stream-error', code: 503 }, 503],
  ['stream error 515', { kind: 'stream-error', code: 515 }, 515],
  ['end of the stream', { kind: 'end' }, 428],
  ['drop', { kind: 'drop' }, 428],
]

test.each(endings)('%s closes the socket, and the device can come back', async (_name, why, reason) => {
  whatsApp.control.disconnect(device, why)
  expect(await closed(client)).toBe(reason)
  await opened(connect(whatsApp, reloaded(client.memory)))
})

test.each([401, 403, 405, 408, 428, 440, 500, 503])('a login is refused with %i', async (code) => {
  await client.socket.end(undefined)
  whatsApp.control.rules.add({ when: { on: 'login' }, times: 1, outcome: { kind: 'error', code } })
  expect(await closed(connect(whatsApp, reloaded(client.memory)))).toBe(code)
  expect(whatsApp.control.ledger.refusedLogins).toMatchObject([{ device, code }])
  await opened(connect(whatsApp, reloaded(client.memory)))
})

test('a version of WhatsApp Web can be refused, at a login and at a registration', async () => {
  const outcome = { kind: 'error', code: 405 } as const
  const version = '2.3000.1'
  whatsApp.control.rules.add(
    { when: { on: 'login', version }, outcome },
    { when: { on: 'register', version }, outcome },
  )
  const old: { version: [number, number, number] } = { version: [2, 3000, 1] }
  await client.socket.end(undefined)
  expect(await closed(connect(whatsApp, reloaded(client.memory), old))).toBe(405)
  expect(await closed(connect(whatsApp, newMemory(), old))).toBe(405)
  await opened(connect(whatsApp, reloaded(client.memory)))
})

test('a login that is never answered stays connecting', async () => {
  await client.socket.end(undefined)
  whatsApp.control.rules.add({ when: { on: 'login' }, outcome: { kind: 'silence', accepted: false } })
  const waiting = connect(whatsApp, reloaded(client.memory))
  await until(() => whatsApp.control.rules.list()[0]?.applied === 1)
  expect(waiting.states.some(({ connection }) => connection === 'open' || connection === 'close')).toBe(false)
})

test('a device that was unlinked on the phone gets 401, now and at each login', async () => {
  whatsApp.control.logOut(device)
  expect(await closed(client)).toBe(401)
  expect(await closed(connect(whatsApp, reloaded(client.memory)))).toBe(401)
  expect(whatsApp.control.devices()).toEqual([])
})

test('a second socket of a device replaces the first (440), and the ledger has the overlap', async () => {
  const second = await opened(connect(whatsApp, reloaded(client.memory)))
  expect(await closed(client)).toBe(440)
  await until(() => whatsApp.control.ledger.overlaps()[0]?.closedAt)
  const [first, next] = whatsApp.control.ledger.sockets
  expect(whatsApp.control.ledger.overlaps()).toEqual([first])
  expect(first).toMatchObject({ device, replacedBy: next?.connection, stanzasAfterReplaced: 0 })
  expect(next).toMatchObject({ device, closedAt: null, replacedBy: null })
  expect(second.states.some(({ connection }) => connection === 'close')).toBe(false)
})

test('what a replaced socket still sends is counted, and reaches nobody', async () => {
  // As a process that was frozen and goes on: it did not read yet that it was replaced.
  const raw: WebSocket = Reflect.get(client.socket.ws, 'socket')
  raw.pause()
  await opened(connect(whatsApp, reloaded(client.memory)))
  await client.socket.sendNode({ tag: 'message', attrs: { id: 'LATE', to: '5511999990002@s.whatsapp.net' } })
  await until(() => whatsApp.control.ledger.overlaps()[0]?.stanzasAfterReplaced === 1)
  expect(whatsApp.control.ledger.messages).toEqual([])
  raw.resume()
  expect(await closed(client)).toBe(440)
})

test('sockets that follow one another do not overlap', async () => {
  await client.socket.end(undefined)
  await opened(connect(whatsApp, reloaded(client.memory)))
  expect(whatsApp.control.ledger.overlaps()).toEqual([])
  expect(whatsApp.control.ledger.sockets).toHaveLength(2)
})

test('a stalled socket stays open and answers nothing', async () => {
  whatsApp.control.stall(device)
  const query = client.socket.onWhatsApp('5511999990002')
  const answered = await Promise.race([
    query.then(
      () => true,
      () => true,
    ),
    // The ledger of a fake that reads nothing does not change; a second device proves that the fake still runs.
    pair(whatsApp, '27820000000').then(() => false),
  ])
  expect(answered).toBe(false)
  expect(client.socket.ws.isOpen).toBe(true)
  query.catch(() => undefined)
})

test('the library itself closes a stalled socket, with 408', { timeout: 20_000 }, async () => {
  await client.socket.end(undefined)
  const watchful = await opened(connect(whatsApp, reloaded(client.memory), { keepAliveIntervalMs: 100 }))
  whatsApp.control.stall(device)
  expect(await closed(watchful)).toBe(408)
})
