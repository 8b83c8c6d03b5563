import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  foreignPostgresPrograms,
  hasProgram,
  startForeignPostgres,
  type ForeignPostgres,
} from '../support/foreign-postgres.ts'
import { sendThrough, startInstance } from '../support/instance.ts'
import { startPgBouncer, type PgBouncer } from '../support/pgbouncer.ts'
import { redisUrl, spawnRedis, type RedisServer } from '../support/redis.ts'

const programs = await foreignPostgresPrograms()
const canRun = programs !== null && (await hasProgram('pgbouncer')) && redisUrl() !== null

describe.skipIf(!canRun)('through PgBouncer', () => {
  let postgres: ForeignPostgres
  let redis: RedisServer
  let pooler: PgBouncer | null = null
  beforeAll(async () => {
    postgres = await startForeignPostgres(programs ?? '')
    redis = await spawnRedis()
  })
  afterEach(async () => {
    await pooler?.stop()
    pooler = null
  })
  afterAll(async () => {
    await redis?.stop()
    await postgres?.remove()
  })

  /** A database, and its address through a pooler. */
  async function makeDatabase(
    name: string,
    mode: 'session' | 'transaction',
    connectQuery?: string,
  ): Promise<{ pooled: string; direct: string }> {
    await postgres.sql(`create database ${name}`)
    pooler = await startPgBouncer(postgres.port, mode, connectQuery)
    return {
      pooled: postgres.url({ database: name, port: pooler.port }),
      direct: postgres.url({ database: name }),
    }
  }

  test.each(['Redis', 'Postgres'] as const)(
    'in session mode it works, with the queue in %s',
    async (where) => {
      const { pooled } = await makeDatabase(`session_${where.toLowerCase()}`, 'session')
      const instance = startInstance({
        DATABASE_URL: pooled,
        ...(where === 'Redis' && { REDIS_URL: `${redis.url}/0` }),
      })
      await sendThrough(await instance.ready())
      expect(await instance.program.ended('SIGTERM')).toBe(0)
    },
  )

  test('in transaction mode it works with Redis and the direct address for what needs a session', async () => {
    const { pooled, direct } = await makeDatabase('transactions', 'transaction')
    const instance = startInstance({
      DATABASE_URL: pooled,
      DATABASE_DIRECT_URL: direct,
      REDIS_URL: `${redis.url}/1`,
    })
    const url = await instance.ready()
    await Promise.all(Array.from({ length: 10 }, () => sendThrough(url)))
    expect(instance.program.text()).not.toMatch(/"level":(40|50)/)
    expect(await instance.program.ended('SIGTERM')).toBe(0)
  })

  test('in transaction mode without a direct address the start says what to set', async () => {
    const { pooled } = await makeDatabase('undirected', 'transaction')
    const text = await startInstance({ DATABASE_URL: pooled, REDIS_URL: `${redis.url}/2` }).refusal()
    expect(text).toMatch(/pooler in transaction mode.*DATABASE_DIRECT_URL/)
  })

  test('in transaction mode the queue in Postgres is refused with the reason', async () => {
    const { pooled, direct } = await makeDatabase('unqueued', 'transaction')
    const text = await startInstance({ DATABASE_URL: pooled, DATABASE_DIRECT_URL: direct }).refusal()
    expect(text).toMatch(/pooler in transaction mode.*REDIS_URL/)
  })

  test('settings that cannot be stated through the pooler must be right already, and connect_query makes them so', async () => {
    const wrong = 'set default_transaction_isolation = serializable'
    const { pooled, direct } = await makeDatabase('settings', 'transaction', wrong)
    const text = await startInstance({
      DATABASE_URL: pooled,
      DATABASE_DIRECT_URL: direct,
      REDIS_URL: `${redis.url}/3`,
    }).refusal()
    expect(text).toContain('default_transaction_isolation=read committed')
  })

  test('a database that is not there is a refusal, and not waited for', async () => {
    const { pooled } = await makeDatabase('strangers', 'session')
    const url = new URL(pooled)
    url.pathname = '/nothing'
    const text = await startInstance({ DATABASE_URL: url.href }).refusal()
    expect(text).toMatch(/database "nothing" does not exist.*CREATE DATABASE "nothing"/s)
  })
})
