import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'
import { startDeviceWorker } from '../../support/linked-device/worker.ts'
import type { Program } from '../../support/program.ts'
import { until } from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

/** A database that was restored from a backup holds what a device remembered then: older sessions and used keys. */

let service: DeviceService
let sql: Sql
let worker: Program
beforeAll(async () => {
  service = await startDeviceService({ env: { ROLE: 'api' } })
  sql = await connectSql(service.hermod.databaseUrl)
})
beforeEach(() => {
  worker = startDeviceWorker(service)
})
afterEach(() => worker.ended('SIGTERM'))
afterAll(async () => {
  await sql.end()
  await service.stop()
})

interface Backup {
  devices: unknown
  keys: unknown
}

async function backUp(id: string): Promise<Backup> {
  const [row] = await sql.query<{ devices: unknown; keys: unknown }>(
    `select (select jsonb_agg(d) from devices d where session_id = $1) as devices,
            (select jsonb_agg(k) from device_keys k where session_id = $1) as keys`,
    [id],
  )
  if (row === undefined) throw new Error('nothing was dumped')
  return row
}

async function putBack(id: string, { devices, keys }: Backup): Promise<void> {
  await sql.query('delete from device_keys where session_id = $1', [id])
  await sql.query('delete from devices where session_id = $1', [id])
  await sql.query('insert into devices select * from jsonb_populate_recordset(null::devices, $1)', [
    JSON.stringify(devices),
  ])
  await sql.query('insert into device_keys select * from jsonb_populate_recordset(null::device_keys, $1)', [
    JSON.stringify(keys),
  ])
}

interface Talk {
  key: string
  phone: string
  contact: string
}

/** A message each way, and what they say has been understood. */
async function talk({ key, phone, contact }: Talk, words: string): Promise<void> {
  const { hermod, whatsApp } = service
  const { control } = whatsApp
  await control.inbound({ to: phone, from: contact, text: `${words}?` })
  await until(
    async () => (await hermod.call('GET', '/messages?direction=inbound&limit=100', { key })).body.data,
    (messages) => messages.some(({ body }: { body: string }) => body === `${words}?`),
    `the question ${words}`,
  )
  await hermod.messageUntil(
    key,
    await service.send(key, { to: contact, message: words }),
    ({ status }) => status === 'delivered',
  )
  await until(
    () => control.ledger.byRecipient(contact),
    (messages) => messages.some(({ content }) => JSON.stringify(content).includes(`"text":"${words}"`)),
    `the answer ${words}`,
  )
}

interface Talker extends Talk {
  id: string
}

/** A paired device that has talked. */
async function talker(last: number): Promise<Talker> {
  const phone = `2782123458${last}`
  const one = { ...(await service.device(phone)), phone, contact: `551199999070${last}` }
  await talk(one, 'before')
  return one
}

test('after a restore a device talks on in both directions, or asks to be paired again and does not go on trying', async () => {
  const { hermod, whatsApp } = service
  const older = await talker(0)
  const backup = await backUp(older.id)
  for (const words of ['after', 'and after', 'and still after']) await talk(older, words)
  const keyless = await talker(1)
  const nameless = await talker(2)
  const devicesOfNameless = (await backUp(nameless.id)).devices
  const repaired = await talker(3)
  const replaced = await backUp(repaired.id)
  await hermod.call('POST', `/sessions/${repaired.id}/logout`, { key: repaired.key })
  await service.pair(repaired.key, repaired.id, repaired.phone)

  expect(await worker.ended('SIGTERM')).toBe(0)
  await putBack(older.id, backup)
  await sql.query(`delete from device_keys where session_id = $1 and type <> 'credentials'`, [keyless.id])
  await putBack(nameless.id, { devices: devicesOfNameless, keys: [] })
  await putBack(repaired.id, replaced)
  const { sockets } = whatsApp.control.ledger
  const before = sockets.length
  worker = startDeviceWorker(service)

  // Its sessions and used keys are those of the backup; the phone's are newer.
  await service.linkUntil(older.key, older.id, 'connected')
  await talk(older, 'restored')
  await talk({ ...older, contact: '5511999990709' }, 'somebody new')
  // Its credentials alone are left: it makes sessions and keys anew.
  await service.linkUntil(keyless.key, keyless.id, 'connected')
  await talk(keyless, 'without keys')
  // Not even its credentials are left; or those of a pairing that is over.
  for (const { key, id } of [nameless, repaired]) {
    expect(await service.linkUntil(key, id, 'logged_out')).toMatchObject({
      reason: expect.stringContaining('Pair it again'),
      nextRetryAt: null,
    })
    expect(await sql.query('select 1 from device_keys where session_id = $1', [id])).toEqual([])
    expect(
      await hermod.call('POST', '/send-message', { key, body: { to: '5511999990721', message: 'no' } }),
    ).toMatchObject({ status: 409, body: { code: 'session_not_linked' } })
  }
  // One socket for each device that had credentials which WhatsApp still takes.
  expect(sockets.length - before).toBe(2)
  expect(whatsApp.control.ledger.shownTwice()).toEqual([])
  await service.pair(nameless.key, nameless.id, nameless.phone)
})
