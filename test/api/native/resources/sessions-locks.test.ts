import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'

let hermod: TestService
let sql: Sql
beforeAll(async () => {
  hermod = await startTestService()
  sql = await connectSql(hermod.databaseUrl)
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

test('an account whose changes of sessions wait for each other keeps nobody else from the database', async () => {
  const [busy, other] = [await hermod.register(), await hermod.register()]
  const made = await hermod.call('POST', '/sessions', {
    key: busy,
    body: { name: 'second', provider: 'sandbox' },
  })
  expect(made.status).toBe(201)
  const { id } = made.body.data
  // As long as this is open, the first change waits in Postgres, and the others behind it.
  await sql.query('begin')
  await sql.query('select from sessions where id = $1 for update', [id])
  const changes = Array.from({ length: 60 }, (_, n) =>
    hermod.call('PATCH', `/sessions/${id}`, { key: busy, body: { name: `name-${n}` } }),
  )
  const sent = await hermod.call('POST', '/send-message', {
    key: other,
    body: { to: '14155550100', message: 'Hi', session: 'sandbox' },
  })
  const listed = await hermod.call('GET', '/messages', { key: other })
  await sql.query('commit')
  expect([sent.status, listed.status]).toEqual([202, 200])
  const statuses = (await Promise.all(changes)).map(({ status }) => status)
  expect(new Set(statuses)).toEqual(new Set([200]))
})
