import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'
import { until } from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

// Codes through a linked device: as far as the service lets them, and in clear on the recipient's phone alone.

const phone = '27821234590'
const log: string[] = []
let service: DeviceService
let sql: Sql
let key: string
beforeAll(async () => {
  service = await startDeviceService({
    env: { LOG_LEVEL: 'trace' },
    overrides: { log: pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }) },
  })
  sql = await connectSql(service.hermod.databaseUrl)
  ;({ key } = await service.device(phone))
  await service.hermod.call('PUT', '/auth/me/webhook', {
    key,
    body: { url: `${service.hermod.receiver.url}/told` },
  })
})
afterAll(async () => {
  await sql.end()
  await service.stop()
})

const call = (method: string, path: string, body?: unknown) =>
  service.hermod.call(method, path, { key, body })
const save = async (name: string, settings: Record<string, unknown>) =>
  expect((await call('PUT', `/otp/services/${name}`, settings)).status).toBe(200)

/** The texts that a phone showed, the first one first. */
const textsOn = (to: string): string[] =>
  service.whatsApp.control.ledger
    .byRecipient(to)
    .filter(({ kind }) => kind === 'text')
    .map(({ content }) => JSON.stringify(content))

test('a service says whether its codes go out through a linked device, and the next sender has its turn if not', async () => {
  const { hermod, whatsApp } = service
  const session = 'phone'
  await save('refusing', { session, onLinkedDevice: 'refuse' })
  await save('elsewhere', { session, onLinkedDevice: 'refuse', fallbackSessions: ['sandbox'] })
  await save('warned', { session })
  await save('allowed', { session, onLinkedDevice: 'allow' })
  const ask = (to: string, of: string, code: string) => call('POST', '/otp', { to, service: of, code })

  const refused = await ask('5511999990701', 'refusing', '701701')
  expect([refused.status, refused.body.code]).toEqual([409, 'linked_device_refused'])
  const elsewhere = await ask('5511999990702', 'elsewhere', '702702')
  expect([elsewhere.status, elsewhere.body.data.channel]).toEqual([201, 'sandbox'])
  const warned = await ask('5511999990703', 'warned', '703703')
  expect(warned.body.data).toMatchObject({
    channel: 'linked-device',
    warnings: [expect.stringContaining('linked device')],
  })
  const allowed = await ask('5511999990704', 'allowed', '704704')
  expect(allowed.body.data).toMatchObject({ channel: 'linked-device', warnings: [] })

  for (const { body } of [warned, allowed]) {
    await hermod.messageUntil(key, body.data.messageId, ({ status }) => status === 'delivered')
    const code = body.data.to.slice(-3).repeat(2)
    expect(textsOn(body.data.to)).toEqual([expect.stringContaining(code)])
    const judged = await call('POST', '/otp/verify', { id: body.data.id, code })
    expect(judged.body.data.valid).toBe(true)
  }
  expect(whatsApp.control.ledger.byRecipient('5511999990701')).toEqual([])
  expect(whatsApp.control.ledger.byRecipient('5511999990702')).toEqual([])
})

test('a phone that could not decrypt the message gets the true code, which stands nowhere in clear', async () => {
  const { hermod, whatsApp } = service
  const to = '5511999990705'
  const code = '83914756'
  await save('default', { session: 'phone' })
  // A Signal session between the two, for the phone to lose.
  await whatsApp.control.inbound({ to: phone, from: to, text: 'hello' })
  const hello = await service.send(key, { to, message: 'and back', session: 'phone' })
  await hermod.messageUntil(key, hello, ({ status }) => status === 'delivered')
  await whatsApp.control.inbound({ to: phone, from: to, text: 'agreed' })
  await whatsApp.control.loseSessions(to)
  const sent = await call('POST', '/otp', { to, code })
  expect(sent.status).toBe(201)
  const { externalId } = await hermod.messageUntil(
    key,
    sent.body.data.messageId,
    (message) => message['externalId'] !== null,
  )
  const arrivals = await until(
    () => whatsApp.control.ledger.byId(String(externalId)),
    (found) => found.some(({ kind }) => kind === 'text'),
    'the message once more',
  )
  expect(arrivals[0]).toMatchObject({ kind: null, faults: [expect.stringContaining(to)] })
  expect(textsOn(to).at(-1)).toContain(code)
  expect((await call('POST', '/otp/verify', { to, code })).body.data.valid).toBe(true)
  await until(
    () => sql.query(`select 1 from webhook_deliveries where status in ('pending', 'delivering')`),
    (open) => open.length === 0,
    'every webhook to be delivered',
  )

  const tables = await sql.query<{ name: string }>(
    `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const dump: string[] = []
  for (const { name } of tables) {
    const rows = await sql.query<{ row: string }>(`select t::text as row from ${name} t`)
    dump.push(...rows.map(({ row }) => row))
  }
  const hooks = hermod.receiver.deliveries.map(({ body }) => body)
  expect(hooks.length).toBeGreaterThan(3)
  expect(log.length).toBeGreaterThan(20)
  const everything = [...dump, ...log, ...hooks].join('\n')
  for (const form of [code, Buffer.from(code).toString('hex'), Buffer.from(code).toString('base64')]) {
    expect(everything).not.toContain(form)
  }
})
