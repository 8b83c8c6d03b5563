import { afterEach, beforeEach, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'
import { startDeviceWorker } from '../../support/linked-device/worker.ts'
import type { Program } from '../../support/program.ts'
import { until } from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

/** Devices and the processes that hold them: the API here, workers in processes of their own. */

let service: DeviceService
let sql: Sql
beforeEach(async () => {
  service = await startDeviceService({ env: { ROLE: 'api' } })
  sql = await connectSql(service.hermod.databaseUrl)
})
afterEach(async () => {
  await sql.end()
  await service.stop()
})

const ledger = () => service.whatsApp.control.ledger
const patienceMs = 60_000

const startWorker = (): Program => startDeviceWorker(service)

/** How many devices each process holds, the fewest first. */
async function shares(): Promise<number[]> {
  const rows = await sql.query(
    `select count(*)::int as count from devices where lease_until > now() and state = 'connected'
      group by owner_id order by 1`,
  )
  return rows.map(({ count }) => Number(count))
}
const sharedAs = (wanted: number[]) =>
  until(shares, (found) => found.join() === wanted.join(), `shares ${wanted.join()}`, patienceMs)

async function pairedDevices(count: number): Promise<{ key: string; id: string }[]> {
  const devices = []
  for (let index = 0; index < count; index += 1) devices.push(await service.device(`2782123455${index}`))
  return devices
}

test('workers share the devices evenly, and one that stops hands its own over without a gap or an overlap', async () => {
  const first = startWorker()
  const devices = await pairedDevices(4)
  await sharedAs([4])
  const second = startWorker()
  await sharedAs([2, 2])
  expect(await first.ended('SIGTERM')).toBe(0)
  await sharedAs([4])
  expect(ledger().overlaps()).toEqual([])
  for (const [index, { key }] of devices.entries()) {
    const message = await service.send(key, { to: `551199999010${index}`, message: 'after' })
    await service.hermod.messageUntil(key, message, ({ status }) => status === 'delivered')
  }
  expect(ledger().pairings).toHaveLength(4)
  expect(second.isRunning()).toBe(true)
})

test('the devices of a worker that was killed are connected elsewhere, and what was accepted arrives once', async () => {
  const first = startWorker()
  const [device] = await pairedDevices(1)
  if (device === undefined) throw new Error('there is no device')
  startWorker()
  await first.ended('SIGKILL')
  const ids = await Promise.all(
    Array.from({ length: 5 }, (_, index) =>
      service.send(device.key, { to: `551199999020${index}`, message: `number ${index}` }),
    ),
  )
  await service.linkUntil(device.key, device.id, 'connecting')
  await service.linkUntil(device.key, device.id, 'connected')
  await Promise.all(
    ids.map((id) =>
      until(
        async () => (await service.hermod.call('GET', `/messages/${id}`, { key: device.key })).body.data,
        ({ status }) => status === 'delivered',
        `message ${id}`,
        patienceMs,
      ),
    ),
  )
  expect(ledger().conflicts()).toEqual([])
  expect(ledger().shownTwice()).toEqual([])
  expect(ledger().messages.filter(({ kind }) => kind === 'text').length).toBeGreaterThanOrEqual(5)
})

test('a worker that was frozen past its lease sends nothing when it goes on', async () => {
  const first = startWorker()
  const [device] = await pairedDevices(1)
  if (device === undefined) throw new Error('there is no device')
  startWorker()
  first.signal('SIGSTOP')
  const sockets = ledger().sockets.length
  await until(
    () => ledger().sockets.length,
    (count) => count > sockets,
    'a socket of the other worker',
    patienceMs,
  )
  const message = await service.send(device.key, { to: '5511999990300', message: 'while frozen' })
  first.signal('SIGCONT')
  await until(
    () => first.text(),
    (text) => text.includes('the lease of a device is lost'),
    'the lease to be found lost',
  )
  await service.hermod.messageUntil(device.key, message, ({ status }) => status === 'delivered')
  expect(ledger().sockets.map(({ stanzasAfterReplaced }) => stanzasAfterReplaced)).toEqual(
    ledger().sockets.map(() => 0),
  )
  expect(await service.link(device.key, device.id)).toMatchObject({ state: 'connected' })
})

test('a message is marked as read through the process that holds the device, whichever takes the request', async () => {
  const { hermod, whatsApp } = service
  startWorker()
  const [device] = await pairedDevices(1)
  if (device === undefined) throw new Error('there is no device')
  const { key, id } = device
  const from = '5511999990310'
  const wamid = await whatsApp.control.inbound({ to: '27821234550', from, text: 'seen?', addressing: 'lid' })
  const [message] = await until(
    async () => (await hermod.call('GET', '/messages?direction=inbound', { key })).body.data,
    (messages) => messages.length === 1,
    'the message',
  )
  const read = () => hermod.call('POST', `/messages/${message.id}/read`, { key, body: { typing: true } })
  const first = await read()
  expect(first).toMatchObject({ status: 200, body: { data: { id: message.id } } })
  expect(await read()).toEqual(expect.objectContaining({ status: 200, body: first.body }))
  await until(
    () => ledger().receipts.filter(({ type }) => type === 'read'),
    (receipts) => receipts.some(({ ids, to }) => ids.includes(wamid) && to === `9${from}@lid`),
    'the read receipt',
  )
  await until(
    () => ledger().chatStates,
    (states) => states.some(({ state, to }) => state === 'composing' && to === `9${from}@lid`),
    'the typing',
  )
  await hermod.call('POST', `/sessions/${id}/disconnect`, { key })
  expect(await read()).toMatchObject({ status: 503, body: { code: 'provider_unreachable' } })
  await hermod.call('POST', `/sessions/${id}/connect`, { key })
  await service.linkUntil(key, id, 'connected')
  await hermod.call('POST', `/sessions/${id}/logout`, { key })
  expect(await read()).toMatchObject({ status: 409, body: { code: 'session_not_linked' } })
})
