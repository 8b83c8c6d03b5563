import { pino } from 'pino'
import { createEncrypter } from '../../../src/kit/crypto/encrypter.ts'
import { reencryptSecrets } from '../../../src/services/operations/reencrypt.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDeviceService, type DeviceService } from '../../support/linked-device/devices.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

/** Whatever a device remembers gives access to a WhatsApp account: nothing of it stands anywhere in clear. */

const phone = '27821234570'
let service: DeviceService
let sql: Sql
const log: string[] = []
const printed: string[] = []
const print = { info: console.info, warn: console.warn, error: console.error, log: console.log }
/** The texts of the QR codes, which hold keys. */
const codes: string[] = []

beforeAll(async () => {
  for (const name of ['info', 'warn', 'error', 'log'] as const) {
    console[name] = (...parts: unknown[]) => void printed.push(parts.map(String).join(' '))
  }
  service = await startDeviceService({
    env: { LOG_LEVEL: 'trace' },
    overrides: { log: pino({ level: 'trace' }, { write: (line: string) => void log.push(line) }) },
  })
  sql = await connectSql(service.hermod.databaseUrl)
  const { hermod, whatsApp } = service
  const key = await hermod.register()
  await hermod.call('POST', '/webhook-endpoints', { key, body: { url: `${hermod.receiver.url}/told` } })
  const id = await service.create(key)
  const paired = await hermod.call('POST', `/sessions/${id}/pair`, { key, body: { method: 'qr' } })
  codes.push(paired.body.data.qr)
  await whatsApp.control.scanQr({ qr: paired.body.data.qr, phone })
  await service.linkUntil(key, id, 'connected')
  const message = await service.send(key, { to: '5511999990601', message: 'Hi' })
  await hermod.messageUntil(key, message, ({ status }) => status === 'delivered')
  await whatsApp.control.inbound({
    to: phone,
    from: '5511999990601',
    media: { kind: 'image', bytes: Buffer.from('a picture'), mimeType: 'image/jpeg' },
  })
  // A phone that lost its sessions makes libsignal close and open some, which it prints with their keys.
  await whatsApp.control.loseSessions('5511999990601')
  await whatsApp.control.inbound({ to: phone, from: '5511999990601', text: 'again' })
  await hermod.messageUntil(
    key,
    await service.send(key, { to: '5511999990601', message: 'Hi again' }),
    ({ status }) => status === 'delivered',
  )
})
afterAll(async () => {
  Object.assign(console, print)
  await sql.end()
  await service.stop()
})

/** Every value of every column of every table, as text. */
async function dump(): Promise<string> {
  const tables = await sql.query(
    `select table_name from information_schema.tables where table_schema = 'public'`,
  )
  const lines: string[] = []
  for (const { table_name: name } of tables) {
    const rows = await sql.query(`select to_jsonb(t)::text as row from "${String(name)}" t`)
    lines.push(...rows.map(({ row }) => String(row)))
  }
  return lines.join('\n')
}

/** Words that stand beside keys in everything that the library keeps, sends or prints. */
const keyWords =
  /privKey|"private"|signedPreKey|advSecretKey|noiseKey|rootKey|mediaKey|registrationId|_chains/

test('a dump of the database holds no key material', async () => {
  const text = await dump()
  expect(text).toContain(phone)
  expect(text.match(keyWords)).toBeNull()
  for (const part of codes.flatMap((code) => code.split(/[#,]/).slice(1))) {
    if (part.length > 20) expect(text).not.toContain(part)
  }
  const values = await sql.query('select value from device_keys')
  expect(values.length).toBeGreaterThan(100)
  expect(values.every(({ value }) => /^v1\.[\w-]+\.[\w-]+\.[\w-]+$/.test(String(value)))).toBe(true)
})

test('neither the log, at its finest, nor the console holds key material', () => {
  expect(log.length).toBeGreaterThan(10)
  for (const text of [log.join('\n'), printed.join('\n')]) {
    expect(text.match(keyWords)).toBeNull()
    expect(text).not.toMatch(/SessionEntry|Closing session|Buffer [0-9a-f]{2} /)
    for (const code of codes) expect(text).not.toContain(code)
  }
})

test('all of it is encrypted anew with a new key', async () => {
  const { ctx } = service.hermod.service
  const [before] = await sql.query('select count(*)::int as count from device_keys')
  const newer = createEncrypter([Buffer.alloc(32, 9), ...ctx.config.secretsKeys])
  const counts = await reencryptSecrets(ctx, newer)
  const keys = counts.find(({ kind }) => kind === 'device keys')
  expect(keys).toMatchObject({ unreadable: [] })
  expect((keys?.reencrypted ?? 0) + (keys?.changed ?? 0)).toBeGreaterThanOrEqual(
    Number(before?.['count']) - 5,
  )
})
