import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { OutboundMessage } from '../../../src/providers/contract.ts'
import { externalIdOf, messageIdsOf } from '../../../src/providers/linked-device/protocol/message-id.ts'
import { newId } from '../../../src/kit/id.ts'
import { startWhatsAppWeb, type WhatsAppWeb } from '../../fakes/whatsapp-web/server.ts'
import {
  memoryPorts,
  openDevice,
  pairedDevice,
  providerAt,
  reported,
} from '../../support/linked-device/ports.ts'
import { until } from '../../support/service.ts'

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

const phone = '27821234590'
const signal = new AbortController().signal
let whatsApp: WhatsAppWeb
let provider: ReturnType<typeof providerAt>
beforeEach(async () => {
  whatsApp = await startWhatsAppWeb()
  provider = providerAt(whatsApp)
})
afterEach(() => whatsApp.close())

const text = (body = 'Hi', to = '5511999990801'): OutboundMessage => ({
  id: newId(),
  attempt: 1,
  to: { kind: 'msisdn', value: to },
  content: { type: 'text', body },
  replyTo: null,
})

test.each([
  [401, 'logged_out'],
  [403, 'banned'],
  [405, 'retry'],
  [408, 'retry'],
  [428, 'retry'],
  [440, 'replaced'],
  [500, 'broken'],
  [503, 'retry'],
  [515, 'reopen'],
])('a socket that ends with %i: %s', async (code, end) => {
  const { ports } = await pairedDevice(whatsApp, provider, { phone })
  whatsApp.control.disconnect(`${phone}:1`, { kind: 'stream-error', code })
  expect(await reported(ports, 'ended')).toMatchObject({ end })
})

test('a login that is refused ends the connection, and the keys are not touched', async () => {
  const { ports, connection } = await pairedDevice(whatsApp, provider, { phone })
  await connection.stop()
  whatsApp.control.rules.add({ when: { on: 'login' }, times: 1, outcome: { kind: 'error', code: 405 } })
  const again = memoryPorts(ports.values)
  await openDevice(provider, again)
  expect(await reported(again, 'ended')).toMatchObject({
    end: 'retry',
    detail: expect.stringContaining('WHATSAPP_WEB_VERSION'),
  })
  const third = memoryPorts(ports.values)
  const last = await openDevice(provider, third)
  await reported(third, 'connected')
  await last.stop()
})

test('a connection that stops to answer ends, although its socket stays open', async () => {
  const { ports, connection } = await pairedDevice(whatsApp, provider, { phone })
  whatsApp.control.stall(`${phone}:1`)
  const outcome = await connection.channel.send(text(), signal)
  expect(outcome.outcome).not.toBe('accepted')
  expect(await reported(ports, 'ended')).toMatchObject({ end: 'retry' })
})

test('a pairing that is not finished leaves nothing behind', async () => {
  const ports = memoryPorts()
  const connection = await openDevice(provider, ports, { kind: 'pair', method: 'code', phone })
  await reported(ports, 'code')
  await connection.stop()
  expect(ports.values.size).toBe(0)
})

test('a device without keys does not pair by itself: it says that it must be paired', async () => {
  const ports = memoryPorts()
  await openDevice(provider, ports)
  expect(await reported(ports, 'ended')).toMatchObject({ end: 'logged_out' })
})

test('a process that does not own the device any more sends nothing, and ends', async () => {
  const { ports, connection } = await pairedDevice(whatsApp, provider, { phone })
  const before = whatsApp.control.ledger.messages.length
  ports.owner.holds = false
  const outcome = await connection.channel.send(text(), signal)
  expect(outcome.outcome).not.toBe('accepted')
  expect(await reported(ports, 'ended')).toMatchObject({ end: 'lost' })
  expect(whatsApp.control.ledger.messages.length).toBe(before)
})

test('a message is confirmed to WhatsApp only once it is stored', async () => {
  const { ports } = await pairedDevice(whatsApp, provider, { phone })
  let store: () => void = () => undefined
  const stored = new Promise<void>((resolve) => (store = resolve))
  const taken: string[] = []
  ports.onEvents = async (events) => {
    taken.push(...events.map(({ kind }) => kind))
    await stored
  }
  await whatsApp.control.inbound({ to: phone, from: '5511999990802', text: 'keep this' })
  await until(
    () => taken.length,
    (length) => length > 0,
  )
  const unacknowledged = () => whatsApp.control.devices()[0]?.unacknowledged
  expect(unacknowledged()).toBe(1)
  store()
  await until(unacknowledged, (left) => left === 0)
})

test('a message that could not be stored is not confirmed, and the connection ends so that it comes again', async () => {
  const { ports } = await pairedDevice(whatsApp, provider, { phone })
  ports.onEvents = () => Promise.reject(new Error('the database is away'))
  await whatsApp.control.inbound({ to: phone, from: '5511999990803', text: 'keep this' })
  await reported(ports, 'ended')
  const again = memoryPorts(ports.values)
  const connection = await openDevice(provider, again)
  await until(
    () => again.events,
    (events) => events.some((event) => event.kind === 'inbound' && event.body === 'keep this'),
    'the message again',
  )
  await connection.stop()
})

test('a phone that could not decrypt a message gets it again, also from a process that did not send it', async () => {
  const { ports, connection } = await pairedDevice(whatsApp, provider, { phone })
  const message = text('once more')
  const externalId = externalIdOf(message.id)
  await connection.channel.send(message, signal)
  await connection.stop()
  const next = memoryPorts(ports.values)
  next.sent.set(externalId, message)
  const other = await openDevice(provider, next)
  await reported(next, 'connected')
  whatsApp.control.receipt({ device: `${phone}:1`, ids: [externalId], type: 'retry' })
  await until(
    () => whatsApp.control.ledger.byId(externalId).length,
    (count) => count > 1,
    'the message again',
  )
  expect(whatsApp.control.ledger.conflicts()).toEqual([])
  await other.stop()
})

test('an external id leads back to its message, and to no other', () => {
  const ids = Array.from({ length: 500 }, () => newId())
  const externalIds = ids.map(externalIdOf)
  expect(new Set(externalIds).size).toBe(ids.length)
  for (const [index, externalId] of externalIds.entries()) {
    expect(externalId).toMatch(/^3EB0[0-9A-F]{18}$/)
    const range = messageIdsOf(externalId)
    expect(
      ids.filter((id) => range !== null && id >= range.from && id <= range.to && range.isIt(id)),
    ).toEqual([ids[index]])
  }
  expect(messageIdsOf('wamid.abc')).toBeNull()
})
