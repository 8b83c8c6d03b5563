import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

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

const count = async (table: string): Promise<number> =>
  Number((await sql.query<{ count: string }>(`select count(*) from ${table}`))[0]?.count)

test('a registration that fails at its last write leaves no account and no session behind', async () => {
  await sql.query(`
    create function refuse_keys() returns trigger language plpgsql as
      'begin raise exception ''no keys today''; end'`)
  await sql.query(
    'create trigger refuse_keys before insert on api_keys for each row execute function refuse_keys()',
  )
  const body = { name: 'Ada', email: 'ada@example.com' }
  expect((await hermod.call('POST', '/auth/register', { body })).status).toBe(500)
  expect(await Promise.all(['accounts', 'sessions', 'api_keys'].map(count))).toEqual([0, 0, 0])

  await sql.query('drop trigger refuse_keys on api_keys')
  expect((await hermod.call('POST', '/auth/register', { body })).status).toBe(201)
  expect(await Promise.all(['accounts', 'sessions', 'api_keys'].map(count))).toEqual([1, 1, 1])
})
