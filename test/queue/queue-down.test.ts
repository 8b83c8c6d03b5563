import { afterEach, describe, expect, test } from 'vitest'
import { freePort } from '../../src/db/embedded/port.ts'
import { newId } from '../../src/kit/id.ts'
import type { Queue } from '../../src/queue/queue.ts'
import { createRedisQueue } from '../../src/queue/redis-queue.ts'
import { redisUrl, spawnRedis } from '../support/redis.ts'
import { openPostgresQueue } from '../support/postgres-queue.ts'
import { until } from '../support/service.ts'

const warnings: string[] = []
const log = { warn: (_details: object, text: string) => void warnings.push(text) }

let closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  const closing = closers.toReversed()
  closers = []
  for (const close of closing) await close()
  warnings.length = 0
})

function track<T extends { close(): Promise<void> }>(thing: T): T {
  closers.push(() => thing.close())
  return thing
}

/** What a consumer hears. */
function listen(queue: Queue): string[] {
  const heard: string[] = []
  track(
    queue.consume('send-normal', {
      concurrency: 1,
      handle: ({ ids }) => {
        heard.push(...ids)
        return Promise.resolve()
      },
    }),
  )
  return heard
}

/** Rings that hang would run into this, far below the limit of a test. */
const soonMs = 8_000
const hung = (): Promise<string> =>
  new Promise((resolve) => {
    setTimeout(() => resolve('hung'), soonMs).unref()
  })

async function expectRingsToReturn(queue: Queue): Promise<void> {
  const rings = Promise.all([
    queue.enqueue('send-normal', [newId()]),
    queue.enqueue('deliver-webhooks', [newId()], { delayMs: 50 }),
    queue.enqueueAccepted([{ id: newId(), lane: 'urgent', accountId: 'account' }]),
  ]).then(() => 'returned')
  expect(await Promise.race([rings, hung()])).toBe('returned')
  expect(warnings.filter((text) => text.includes('the sweeper will enqueue it later'))).toHaveLength(3)
}

describe.each([
  ['Redis', createRedisQueue, 'redis://127.0.0.1'],
  ['Postgres', openPostgresQueue, 'postgresql://nobody:nothing@127.0.0.1'],
] as const)('with no %s', (_name, createQueue, url) => {
  test('ringing returns without an error, and says in the log that it did not ring', async () => {
    const port = await freePort()
    await expectRingsToReturn(track(createQueue(`${url}:${port}/0`, log)))
  })

  test('the queue closes', async () => {
    const queue = createQueue(`${url}:${await freePort()}/0`, log)
    await queue.enqueue('send-normal', [newId()])
    expect(await Promise.race([queue.close().then(() => 'closed'), hung()])).toBe('closed')
  })
})

describe.skipIf(redisUrl() === null)('when Redis goes away', () => {
  test('ringing returns, and rings again when it is back, also at a consumer that was there before', async () => {
    const redis = await spawnRedis()
    const queue = track(createRedisQueue(redis.url, log))
    const heard = listen(queue)
    const before = newId()
    await queue.enqueue('send-normal', [before])
    await until(
      () => heard,
      (ids) => ids.includes(before),
      'the ring before',
    )
    await redis.stop()
    await expectRingsToReturn(queue)
    const back = await spawnRedis(redis.port)
    closers.unshift(() => back.stop())
    await until(
      async () => {
        await queue.enqueue('send-normal', [newId()])
        return heard
      },
      ({ length }) => length > 1,
      'a ring afterwards',
    )
  })

  test('a queue and a consumer that started without Redis work as soon as it is there', async () => {
    const port = await freePort()
    const queue = track(createRedisQueue(`redis://127.0.0.1:${port}`, log))
    const heard = listen(queue)
    await expectRingsToReturn(queue)
    const late = await spawnRedis(port)
    closers.unshift(() => late.stop())
    await until(
      async () => {
        await queue.enqueue('send-normal', [newId()])
        return heard
      },
      ({ length }) => length > 0,
      'a ring',
    )
  })

  test('a queue with a consumer closes while Redis is away', async () => {
    const redis = await spawnRedis()
    const queue = createRedisQueue(redis.url, log)
    const consumer = queue.consume('send-normal', { concurrency: 1, handle: () => Promise.resolve() })
    await queue.enqueue('send-normal', [newId()])
    await redis.stop()
    const closed = Promise.all([consumer.close(), queue.close()]).then(() => 'closed')
    expect(await Promise.race([closed, hung()])).toBe('closed')
  })
})
