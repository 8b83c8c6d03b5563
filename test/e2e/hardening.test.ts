import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, until, type TestService } from '../support/service.ts'
import { connectSql, type Sql } from '../support/sql.ts'

let hermod: TestService
let sql: Sql
beforeAll(async () => {
  hermod = await startTestService({ env: { WEBHOOK_TIMEOUT_SECONDS: '5' } })
  sql = await connectSql(hermod.databaseUrl)
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

const send = (key: string, to: string, fields: object = {}) =>
  hermod.call('POST', '/send-message', { key, body: { to, message: 'Hi', ...fields } })

const many = (count: number, from: number, fields: object = {}) => ({
  messages: Array.from({ length: count }, (_, index) => ({
    to: `4915${from + index}`,
    message: 'Hi',
    ...fields,
  })),
})

test('an answer of Meta that cannot be stored harms no other message of its batch', async () => {
  const key = await hermod.connect()
  hermod.graph.control.configureCallbacks({ statuses: [] })
  const bad = '4915112340007'
  hermod.graph.control.rules.add({
    when: { to: bad },
    outcome: { kind: 'error', code: 131_026, details: 'half \u0000 of \ud800 it' },
  })
  const bulk = await hermod.call('POST', '/messages/bulk', { key, body: many(60, 112_340_000) })
  const list = await until(
    async () =>
      (await hermod.call('GET', `/messages?batchId=${bulk.body.data.batchId}&limit=200`, { key })).body.data,
    (messages: { status: string }[]) => messages.every(({ status }) => ['sent', 'failed'].includes(status)),
    'every outcome is written',
  )
  expect(list.filter(({ status }: { status: string }) => status === 'failed')).toHaveLength(1)
  expect(hermod.graph.control.ledger.duplicates()).toEqual({})
})

test('an app whose webhook hangs keeps no other app from its events', async () => {
  const hanging = await hermod.register()
  const healthy = await hermod.register()
  hermod.receiver.respond(({ path }) => (path === '/hangs' ? { kind: 'hang' } : { status: 204 }))
  await hermod.call('PUT', '/auth/me/webhook', {
    key: hanging,
    body: { url: `${hermod.receiver.url}/hangs` },
  })
  await hermod.call('PUT', '/auth/me/webhook', { key: healthy, body: { url: `${hermod.receiver.url}/fine` } })
  const flood = many(600, 222_340_000, { session: 'sandbox' })
  await hermod.call('POST', '/messages/bulk', { key: hanging, body: flood })
  await until(
    async () =>
      (await hermod.call('GET', '/messages?status=sent&limit=1', { key: hanging })).body.pagination.total,
    (total: number) => total > 300,
    'the flood is under way',
  )
  await send(healthy, '4915122345678', { session: 'sandbox' })
  await until(
    () => hermod.receiver.deliveries.filter(({ path }) => path === '/fine').length,
    (count) => count >= 3,
    'three events at the healthy webhook',
  )
  hermod.receiver.respond(null)
})

test('a sender whose credentials cannot be read stops no other, and its owner is told what to do', async () => {
  const broken = await hermod.connect()
  const healthy = await hermod.connect()
  const { body: me } = await hermod.call('GET', '/auth/me', { key: broken })
  await sql.query(`update sessions set credentials = 'v1.x.y.z' where account_id = $1 and name = 'default'`, [
    me.data.id,
  ])
  const ids: string[] = []
  for (let index = 0; index < 20; index += 1) {
    await send(broken, `49151333400${10 + index}`)
    ids.push((await send(healthy, `49151333500${10 + index}`)).body.data.id)
  }
  await Promise.all(ids.map((id) => hermod.messageUntil(healthy, id, ({ status }) => status === 'sent')))
  const verify = await hermod.call('POST', '/auth/me/credentials/verify', { key: broken })
  expect(verify).toMatchObject({ status: 409, body: { code: 'credentials_missing' } })
})

test('a body with millions of values is refused while others are served', async () => {
  const key = await hermod.register()
  const raw = `{"messages":[${'1,'.repeat(6_000_000)}1]}`
  const refused = await hermod.call('POST', '/messages/bulk', { key, raw })
  expect(refused).toMatchObject({ status: 400, body: { code: 'validation_failed' } })
})

test('a scheduled send that is repeated after its time gets its first answer', async () => {
  const key = await hermod.register()
  const sendAt = new Date(Date.now() + 1_000).toISOString()
  const body = { to: '4915144456789', message: 'Hi', session: 'sandbox', sendAt }
  const headers = { 'idempotency-key': 'reminder-1' }
  const first = await hermod.call('POST', '/send-message', { key, body, headers })
  expect(first.body.data).toMatchObject({ status: 'scheduled', scheduledFor: sendAt })
  const { id } = first.body.data
  await hermod.messageUntil(key, id, ({ status }) => status !== 'scheduled')
  const again = await hermod.call('POST', '/send-message', { key, body, headers })
  expect(again.body).toEqual(first.body)
  expect((await hermod.call('POST', '/send-message', { key, body })).status).toBe(400)
})
