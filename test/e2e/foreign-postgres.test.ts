import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomBytes } from 'node:crypto'
import {
  foreignPostgresPrograms,
  startForeignPostgres,
  type ForeignPostgres,
} from '../support/foreign-postgres.ts'
import { sendThrough, startInstance } from '../support/instance.ts'
import { until } from '../support/service.ts'

const programs = await foreignPostgresPrograms()

describe.skipIf(programs === null)('on a Postgres that somebody else set up', () => {
  let postgres: ForeignPostgres
  beforeAll(async () => {
    postgres = await startForeignPostgres(programs ?? '')
  })
  afterAll(() => postgres?.remove())

  /** A database of an ordinary user's own. */
  async function makeDatabase(name: string, more: string[] = []): Promise<string> {
    await postgres.sql(`create role ${name} login`)
    await postgres.sql(`create database ${name} owner ${name}`)
    for (const statement of more) await postgres.sql(statement, name)
    return postgres.url({ user: name, database: name })
  }

  test.each([
    [
      'rights on schema public',
      'norights',
      ['alter schema public owner to superuser', 'revoke create on schema public from public'],
      /permission denied for schema public\. .*GRANT USAGE, CREATE ON SCHEMA public TO "norights"/,
    ],
    [
      'the right to make the schema of the queue',
      'noschema',
      ['alter schema public owner to noschema', 'alter database noschema owner to superuser'],
      /permission denied for database noschema\. .*GRANT CREATE ON DATABASE "noschema" TO "noschema"/,
    ],
  ])('a start without %s is refused in a sentence', async (_what, name, statements, sentence) => {
    const DATABASE_URL = await makeDatabase(name, statements)
    const text = await startInstance({ DATABASE_URL }).refusal()
    expect(text).toMatch(sentence)
    expect(text).not.toMatch(/\n\s+at /)
  })

  test('the schemas that an operator made are enough: no right to make one is needed', async () => {
    const DATABASE_URL = await makeDatabase('given', [
      'alter database given owner to superuser',
      'create schema shop authorization given',
      'create schema shop_queue authorization given',
    ])
    await sendThrough(await startInstance({ DATABASE_URL: `${DATABASE_URL}?schema=shop` }).ready())
  })

  test('a database that cannot hold every message is refused by its encoding', async () => {
    await postgres.sql(`create database latin encoding 'LATIN1' template template0`)
    const DATABASE_URL = postgres.url({ database: 'latin' })
    expect(await startInstance({ DATABASE_URL }).refusal()).toMatch(/encoded in LATIN1.*ENCODING 'UTF8'/)
  })

  test('other defaults of a role change nothing: it sends, records and reads', async () => {
    const DATABASE_URL = await makeDatabase('strange', [
      `alter role strange set datestyle = 'German, DMY'`,
      `alter role strange set timezone = 'Asia/Kolkata'`,
      `alter role strange set intervalstyle = 'sql_standard'`,
      `alter role strange set default_transaction_isolation = 'serializable'`,
      `alter role strange set search_path = 'nowhere'`,
      `alter role strange set bytea_output = 'escape'`,
      `alter role strange set array_nulls = off`,
      `alter role strange set statement_timeout = '5s'`,
      `alter role strange set lock_timeout = '1ms'`,
    ])
    await sendThrough(await startInstance({ DATABASE_URL }).ready())
  })

  test('another schema holds everything, and public stays empty', async () => {
    const DATABASE_URL = await makeDatabase('tidy')
    await sendThrough(await startInstance({ DATABASE_URL: `${DATABASE_URL}?schema=messaging` }).ready())
    const rows = await postgres.sql<{ schema: string; tables: number }>(
      `select table_schema as schema, count(*)::int as tables from information_schema.tables
        where table_schema not in ('pg_catalog', 'information_schema') group by 1 order by 1`,
      'tidy',
    )
    expect(rows.map(({ schema }) => schema)).toEqual(['messaging', 'messaging_queue'])
  })

  test.each([2, 3, 16])('DATABASE_POOL_MAX=%i bounds all connections, from the start on', async (max) => {
    const name = `pool${max}`
    const DATABASE_URL = await makeDatabase(name)
    const instance = startInstance({ DATABASE_URL, DATABASE_POOL_MAX: String(max) })
    let most = 0
    const done = new AbortController()
    const watching = (async () => {
      while (!done.signal.aborted) {
        const [row] = await postgres.sql<{ count: number }>(
          `select count(*)::int as count from pg_stat_activity where usename = '${name}'`,
        )
        most = Math.max(most, row?.count ?? 0)
      }
    })()
    try {
      const url = await instance.ready()
      await Promise.all(Array.from({ length: 8 }, () => sendThrough(url)))
    } finally {
      done.abort()
      await watching
    }
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(max)
    expect(await instance.program.ended('SIGTERM')).toBe(0)
  })

  test('a role that has no connection to spare is waited for', async () => {
    const DATABASE_URL = await makeDatabase('crowded', ['alter role crowded connection limit 0'])
    const instance = startInstance({ DATABASE_URL })
    await until(
      () => instance.program.text(),
      (text) => text.includes('waiting for Postgres'),
      'waiting',
    )
    await postgres.sql('alter role crowded connection limit 20')
    await sendThrough(await instance.ready())
  })

  test('readiness tells that Postgres takes no writes, and that it takes them again', async () => {
    const DATABASE_URL = await makeDatabase('frozen')
    const url = await startInstance({ DATABASE_URL }).ready()
    const answersWith = (status: number): Promise<unknown> =>
      until(
        async () => (await fetch(`${url}/readyz`)).status,
        (found) => found === status,
        `readiness ${status}`,
        45_000,
      )
    await answersWith(200)
    await postgres.sql('alter database frozen set default_transaction_read_only = on')
    await postgres.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'frozen'`)
    await answersWith(503)
    await postgres.sql('alter database frozen reset default_transaction_read_only')
    await postgres.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'frozen'`)
    await answersWith(200)
  })

  test('a key that opens nothing of what is stored stops the start; beside the right one it may stand', async () => {
    const DATABASE_URL = await makeDatabase('sealed')
    const first = startInstance({ DATABASE_URL })
    const url = await first.ready()
    const account = await fetch(`${url}/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Test', email: 'test@example.com' }),
    })
    const { data } = (await account.json()) as any
    const saved = await fetch(`${url}/webhook-endpoints`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${data.apiKey}` },
      body: JSON.stringify({ url: 'https://app.example.com/hook' }),
    })
    expect(saved.status).toBe(201)
    expect(await first.program.ended('SIGTERM')).toBe(0)
    const other = randomBytes(32).toString('base64')
    expect(await startInstance({ DATABASE_URL, SECRETS_KEY: other }).refusal()).toMatch(
      /SECRETS_KEY opens nothing.*<new>,<old>/s,
    )
    const both = `${other},${Buffer.alloc(32, 7).toString('base64')}`
    await startInstance({ DATABASE_URL, SECRETS_KEY: both }).ready()
  })
})
