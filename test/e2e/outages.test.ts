import { Redis } from 'ioredis'
import pg from 'pg'
import { afterEach, describe, expect, inject, test } from 'vitest'
import { groupBy } from '../../src/kit/group.ts'
import { describeBackends, type Backend } from '../support/backends.ts'
import { redisUrl, spawnRedis } from '../support/redis.ts'
import { connectSender, letGracePass, type TestSender } from '../support/senders.ts'
import { startTestService, until, type TestService, type TestServiceOptions } from '../support/service.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

let closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  const closing = closers.toReversed()
  closers = []
  for (const close of closing) await close()
})

async function start(options: TestServiceOptions): Promise<TestService> {
  const hermod = await startTestService(options)
  closers.push(() => hermod.stop())
  return hermod
}

async function sendMany(sender: TestSender, count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => sender.send()))
}

/** Waits until each message was accepted at Meta, and proves that none was twice. */
async function untilAllAccepted({ graph }: TestService, ids: string[]): Promise<void> {
  const counts = () => ids.map((id) => graph.control.ledger.timesAccepted(id))
  await until(counts, (times) => times.every((count) => count > 0), 'every message at Meta')
  expect(counts()).toEqual(ids.map(() => 1))
}

describeBackends('with its queue', (backend) => {
  const queueOptions = (): TestServiceOptions => {
    const url = backend.freshRedisUrl()
    return url === null ? {} : { redisUrl: url }
  }

  test('a queue that lost everything loses no message: the sweeper rings again', async () => {
    const options = queueOptions()
    const hermod = await start({ ...options, env: { CLOUD_RATE_PER_SECOND: '60' } })
    const sender = await connectSender(hermod)
    await untilAllAccepted(hermod, await sendMany(sender, 1))
    const ids = await sendMany(sender, 150)
    await emptyQueue(backend, hermod, options.redisUrl)
    const lost = ids.filter((id) => hermod.graph.control.ledger.timesAccepted(id) === 0)
    expect(lost.length).toBeGreaterThan(0)
    await letGracePass(hermod)
    await untilAllAccepted(hermod, ids)
  })

  test('while Postgres is away sends get 503; what was under way is not lost, and nothing is sent twice', async () => {
    const server = new URL(inject('postgresUrl'))
    const proxy = await startTcpProxy({ host: server.hostname, port: Number(server.port) })
    closers.push(() => proxy.cut())
    const hermod = await start({
      ...queueOptions(),
      env: { SEND_TIMEOUT_SECONDS: '5', SEND_LEASE_SECONDS: '20' },
      configure: (config) => {
        const url = new URL(config.database.url ?? '')
        url.host = `127.0.0.1:${proxy.port}`
        return { ...config, database: { ...config.database, url: url.href } }
      },
    })
    const sender = await connectSender(hermod)
    // Answers and callbacks both come while there is nowhere to write them.
    hermod.graph.control.rules.add({ delayMs: 1_000, callbacks: { delayMs: 500 } })
    const ids = await sendMany(sender, 10)
    const { ledger } = hermod.graph.control
    await until(
      () => ledger.stats.distinct,
      (count) => count === 10,
      'ten sends under way',
    )
    await proxy.cut()

    const body = { to: sender.recipient(), message: 'Hi' }
    const refused = await Promise.all(
      Array.from({ length: 5 }, () => hermod.call('POST', '/send-message', { key: sender.key, body })),
    )
    for (const answer of refused) {
      expect(answer.status).toBe(503)
      expect(answer.body).toMatchObject({ success: false, code: 'unavailable' })
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    expect((await hermod.call('GET', '/readyz')).status).toBe(503)
    expect((await hermod.call('GET', '/healthz')).status).toBe(200)

    // Long enough for every answer to have come while there was nowhere to write it.
    await until(
      () => ledger.stats.postsFailed,
      (count) => count > 0,
      'a callback that was turned away',
    )
    await proxy.mend()
    const read = await Promise.all(
      ids.map((id) =>
        hermod.messageUntil(
          sender.key,
          id,
          ({ status, attempts }) => status === 'read' && attempts.length > 0,
        ),
      ),
    )
    expect(read.map(({ attempts }) => attempts.map(({ outcome }) => outcome))).toEqual(
      ids.map(() => ['accepted']),
    )
    const later = await sendMany(sender, 3)
    await untilAllAccepted(hermod, [...ids, ...later])
    expect(ledger.stats.accepted).toBe(13)
  })

  test('a drain waits for the sends under way: no message is left in processing, and none is sent twice', async () => {
    const hermod = await start({ ...queueOptions(), env: { CLOUD_RATE_PER_SECOND: '20' } })
    const sender = await connectSender(hermod)
    hermod.graph.control.configureCallbacks({ statuses: [] })
    hermod.graph.control.rules.add({ delayMs: 700 })
    const ids = await sendMany(sender, 80)
    const { ledger } = hermod.graph.control
    await until(
      () => ledger.stats.accepted,
      (count) => count >= 5,
      'sends under way',
    )
    await hermod.service.stop()

    const rows = await rowsOf(hermod.databaseUrl, 'select id, status, attempt from messages')
    expect(rows).toHaveLength(ids.length)
    const byStatus = groupBy(rows, ({ status }) => String(status))
    expect([...byStatus.keys()].toSorted()).toEqual(['queued', 'sent'])
    for (const { id } of byStatus.get('sent') ?? []) expect(ledger.timesAccepted(String(id))).toBe(1)
    for (const { id, attempt } of byStatus.get('queued') ?? []) {
      expect(ledger.timesAccepted(String(id))).toBe(0)
      expect(attempt).toBe(0)
    }
  })
})

describe.skipIf(redisUrl() === null)('while Redis is away', () => {
  test('sends are accepted as ever, and go out when it is back', async () => {
    const redis = await spawnRedis()
    const hermod = await start({ redisUrl: redis.url })
    const sender = await connectSender(hermod)
    await untilAllAccepted(hermod, await sendMany(sender, 3))
    await redis.stop()
    const ids = await sendMany(sender, 30)
    const back = await spawnRedis(redis.port)
    closers.unshift(() => back.stop())
    await until(
      async () => {
        await letGracePass(hermod)
        return ids.filter((id) => hermod.graph.control.ledger.timesAccepted(id) === 0)
      },
      ({ length }) => length === 0,
      'every message at Meta',
    )
    await untilAllAccepted(hermod, ids)
  })

  test('the service starts, accepts, and stops', async () => {
    const redis = await spawnRedis()
    await redis.stop()
    const hermod = await start({ redisUrl: redis.url, env: { SHUTDOWN_TIMEOUT_SECONDS: '2' } })
    const sender = await connectSender(hermod)
    expect(await sendMany(sender, 5)).toHaveLength(5)
    await hermod.service.stop()
    expect(await rowsOf(hermod.databaseUrl, `select id from messages where status = 'queued'`)).toHaveLength(
      5,
    )
  })
})

async function emptyQueue(backend: Backend, hermod: TestService, url: string | undefined): Promise<void> {
  if (backend.name === 'Postgres') {
    await hermod.service.ctx.db.query('', 'delete from hermod_queue.job', [])
    return
  }
  const redis = new Redis(url ?? '')
  await redis.flushall()
  await redis.quit()
}

/** Looks into a database whose service is gone. */
async function rowsOf(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}
