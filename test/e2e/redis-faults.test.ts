import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, test } from 'vitest'
import { startInstance } from '../support/instance.ts'
import { createTestDatabase } from '../support/postgres.ts'
import { redisUrl, spawnRedis, type RedisServer } from '../support/redis.ts'
import { connectSender } from '../support/senders.ts'
import { startTestService, until, type TestService } from '../support/service.ts'
import { connectSql } from '../support/sql.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

let closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  const closing = closers.toReversed()
  closers = []
  for (const close of closing) await close()
})

async function redisServer(further: string[] = []): Promise<RedisServer> {
  const server = await spawnRedis(undefined, further)
  closers.push(() => server.stop())
  return server
}

async function command(server: RedisServer, ...words: [string, ...string[]]): Promise<unknown> {
  const client = new Redis(server.url)
  try {
    return await client.call(...words)
  } finally {
    client.disconnect()
  }
}

/** A service whose way to Redis can be changed. */
async function startBehind(target: { host: string; port: number }): Promise<{
  hermod: TestService
  proxy: TcpProxy
}> {
  const proxy = await startTcpProxy(target)
  closers.push(() => proxy.cut())
  const hermod = await startTestService({ redisUrl: `redis://127.0.0.1:${proxy.port}` })
  closers.push(() => hermod.stop())
  return { hermod, proxy }
}

const queueState = async (hermod: TestService): Promise<string> =>
  (await hermod.call('GET', '/readyz')).body.checks.queue

/** The jobs of a send go through the queue, and not by way of the sweeper, which would take ten seconds. */
async function untilJobsFlow(hermod: TestService): Promise<void> {
  const sender = await connectSender(hermod)
  await until(
    async () => {
      const id = await sender.send()
      const sentMs = Date.now()
      await hermod.messageUntil(sender.key, id, ({ status }) => status !== 'queued')
      return Date.now() - sentMs
    },
    (ms) => ms < 5_000,
    'a message that its job carried',
    60_000,
  )
}

describe.skipIf(redisUrl() === null)('a Redis that answers and does not serve', () => {
  test('after a failover the old primary is left, and the queue goes on with the new one', async () => {
    const [old, young] = [await redisServer(), await redisServer()]
    const target = { host: '127.0.0.1', port: old.port }
    const { hermod } = await startBehind(target)
    await untilJobsFlow(hermod)
    await command(old, 'REPLICAOF', '127.0.0.1', String(young.port))
    await hermod.service.ctx.queue.enqueue('send-normal', [randomUUID()])
    expect(await queueState(hermod)).toBe('down')
    target.port = young.port
    await until(
      async () => {
        await hermod.service.ctx.queue.enqueue('send-normal', [randomUUID()])
        return queueState(hermod)
      },
      (state) => state === 'up',
      'a queue that is up',
    )
    await untilJobsFlow(hermod)
  }, 90_000)

  test('a connection that is dead without a word is hung up on, and the queue goes on', async () => {
    const redis = await redisServer()
    const { hermod, proxy } = await startBehind({ host: '127.0.0.1', port: redis.port })
    await untilJobsFlow(hermod)
    proxy.swallow()
    expect(await queueState(hermod)).toBe('down')
    await until(
      () => queueState(hermod),
      (state) => state === 'up',
      'a queue that is up',
      40_000,
    )
    await untilJobsFlow(hermod)
  }, 120_000)

  test('what no job came for within a minute is sent all the same, while Redis takes no writes', async () => {
    const [replica, primary] = [await redisServer(), await redisServer()]
    const { hermod } = await startBehind({ host: '127.0.0.1', port: replica.port })
    await command(replica, 'REPLICAOF', '127.0.0.1', String(primary.port))
    const sender = await connectSender(hermod)
    const id = await sender.send()
    const sql = await connectSql(hermod.databaseUrl)
    closers.push(() => sql.end())
    await sql.query(
      `update messages set due_at = due_at - interval '1 minute', wake_at = now() where id = '${id}'`,
    )
    await hermod.messageUntil(sender.key, id, ({ status }) => status === 'read')
    expect(await queueState(hermod)).toBe('down')
  })

  test('a node of a Redis Cluster is refused at the start, with what to do', async () => {
    const file = `nodes-${randomUUID()}.conf`
    const node = await redisServer(['--cluster-enabled', 'yes', '--cluster-config-file', file])
    const database = await createTestDatabase()
    closers.push(() => database.drop())
    const text = await startInstance({ DATABASE_URL: database.url, REDIS_URL: node.url }).refusal()
    expect(text).toMatch(/Redis Cluster.*single Redis or Valkey/)
  })
})
