import { afterEach, expect, test } from 'vitest'
import { newId } from '../../src/kit/id.ts'
import { jobNames, idsMax } from '../../src/queue/jobs.ts'
import type { Job, Queue } from '../../src/queue/queue.ts'
import { createRedisQueue } from '../../src/queue/redis-queue.ts'
import { describeBackends } from '../support/backends.ts'
import { createTestDatabase } from '../support/postgres.ts'
import { openPostgresQueue } from '../support/postgres-queue.ts'
import { until } from '../support/service.ts'

describeBackends('the queue', (backend) => {
  let closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    const closing = closers.toReversed()
    closers = []
    for (const close of closing) await close()
  })

  /** A queue that shares nothing with that of another test, and what it warned of. */
  async function openQueue(): Promise<{ queue: Queue; warnings: string[] }> {
    const warnings: string[] = []
    const log = { warn: (_details: object, text: string) => void warnings.push(text) }
    const url = backend.freshRedisUrl()
    if (url !== null) return { queue: track(createRedisQueue(url, log)), warnings }
    const database = await createTestDatabase()
    closers.push(() => database.drop())
    return { queue: track(openPostgresQueue(database.url, log)), warnings }
  }

  function track<T extends { close(): Promise<void> }>(thing: T): T {
    closers.push(() => thing.close())
    return thing
  }

  /** Consumes a bell and notes every ring, in order. */
  function listen(queue: Queue, bell: (typeof jobNames)[number] = 'send-normal', concurrency = 1): Job[] {
    const rings: Job[] = []
    track(
      queue.consume(bell, {
        concurrency,
        handle: (ring) => {
          rings.push(ring)
          return Promise.resolve()
        },
      }),
    )
    return rings
  }

  const someIds = (count: number): string[] => Array.from({ length: count }, newId)
  const idsOf = (rings: Job[]): string[] => rings.flatMap(({ ids }) => ids)

  test.each(jobNames)(
    'a ring of %s reaches its consumer with its ids, and says whether it is its turn',
    async (bell) => {
      const { queue } = await openQueue()
      const rings = listen(queue, bell)
      const [fresh, back] = [someIds(2), someIds(1)]
      await queue.enqueue(bell, fresh)
      await queue.enqueue(bell, back, { requeued: true })
      await until(
        () => rings,
        ({ length }) => length === 2,
        'two rings',
      )
      expect(rings).toEqual([
        { ids: fresh, requeued: false },
        { ids: back, requeued: true },
      ])
    },
  )

  test('more ids than a job holds come in several, each once', async () => {
    const { queue } = await openQueue()
    const rings = listen(queue)
    const ids = someIds(2 * idsMax + 1)
    await queue.enqueue('send-normal', ids)
    await until(
      () => idsOf(rings),
      ({ length }) => length >= ids.length,
      'all ids',
    )
    expect(rings.map((ring) => ring.ids.length).toSorted((a, b) => a - b)).toEqual([1, idsMax, idsMax])
    expect(idsOf(rings).toSorted()).toEqual(ids.toSorted())
  })

  test('delayed rings come in the order of their delays, after one without', async () => {
    const { queue } = await openQueue()
    const rings = listen(queue)
    const [late = '', middle = '', soon = '', now = ''] = someIds(4)
    await queue.enqueue('send-normal', [late], { delayMs: 900 })
    await queue.enqueue('send-normal', [middle], { delayMs: 500 })
    await queue.enqueue('send-normal', [soon], { delayMs: 100.5 })
    await queue.enqueue('send-normal', [now])
    await until(
      () => rings,
      ({ length }) => length === 4,
      'four rings',
    )
    expect(idsOf(rings)).toEqual([now, soon, middle, late])
  })

  test('a payload that is no list of ids never reaches the handler, and holds up nothing', async () => {
    const { queue, warnings } = await openQueue()
    const rings = listen(queue)
    const good = newId()
    await queue.enqueue('send-normal', ['no id; drop table messages'])
    await queue.enqueue('send-normal', [good])
    await until(
      () => rings,
      ({ length }) => length > 0,
      'the good ring',
    )
    expect(rings).toEqual([{ ids: [good], requeued: false }])
    expect(warnings).toContain('a job failed; the sweeper will enqueue it again')
  })

  test('a handler that fails is not called again for the same ring, and the next ring comes', async () => {
    const { queue } = await openQueue()
    const [bad = '', good = ''] = someIds(2)
    const handled: string[] = []
    track(
      queue.consume('send-normal', {
        concurrency: 1,
        handle: ({ ids }) => {
          handled.push(...ids)
          return ids.includes(bad) ? Promise.reject(new Error('broken')) : Promise.resolve()
        },
      }),
    )
    await queue.enqueue('send-normal', [bad])
    await queue.enqueue('send-normal', [good])
    await until(
      () => handled,
      (ids) => ids.includes(good),
      'the good ring',
    )
    expect(handled).toEqual([bad, good])
  })

  test('a tenant that pours in a hundred jobs lets another one’s only message pass', async () => {
    const { queue } = await openQueue()
    const accepted = (accountId: string, ids: string[]) =>
      queue.enqueueAccepted(ids.map((id) => ({ id, lane: 'normal' as const, accountId })))
    await Promise.all(Array.from({ length: 100 }, () => accepted('pourer', someIds(idsMax))))
    const lone = newId()
    await accepted('other', [lone])
    const rings = listen(queue)
    await until(
      () => rings,
      ({ length }) => length === 101,
      'all jobs',
    )
    expect(rings.findIndex(({ ids }) => ids.includes(lone))).toBeLessThan(20)
    expect(new Set(idsOf(rings)).size).toBe(100 * idsMax + 1)
  })

  test('many small tenants share a job', async () => {
    const { queue } = await openQueue()
    const messages = someIds(50).map((id) => ({ id, lane: 'urgent' as const, accountId: newId() }))
    await queue.enqueueAccepted(messages)
    const rings = listen(queue, 'send-urgent')
    await until(
      () => idsOf(rings),
      ({ length }) => length === 50,
      'all ids',
    )
    expect(rings).toHaveLength(1)
  })

  test('a consumer that is stuck in one lane holds up no other lane', async () => {
    const { queue } = await openQueue()
    const { handle, finish, started } = heldHandler()
    track(queue.consume('send-normal', { concurrency: 1, handle }))
    await queue.enqueue('send-normal', [newId()])
    await started
    const urgent = listen(queue, 'send-urgent')
    const bulk = listen(queue, 'send-bulk')
    await queue.enqueue('send-urgent', [newId()])
    await queue.enqueue('send-bulk', [newId()])
    await until(
      () => urgent.length + bulk.length,
      (rings) => rings === 2,
      'rings in the other lanes',
    )
    finish()
  })

  test('closing a consumer waits for the handler that runs, and takes nothing more', async () => {
    const { queue } = await openQueue()
    const { handle, finish, started, calls } = heldHandler()
    const consumer = queue.consume('send-normal', { concurrency: 1, handle })
    await queue.enqueue('send-normal', [newId()])
    await started
    await queue.enqueue('send-normal', [newId()])
    const order: string[] = []
    const closing = consumer.close().then(() => order.push('closed'))
    await queue.ping()
    order.push('finished')
    finish()
    await closing
    expect(order).toEqual(['finished', 'closed'])
    expect(calls()).toBe(1)
  })

  test('several consumers share the jobs: none is handled twice', async () => {
    const { queue } = await openQueue()
    const [one, other] = [listen(queue, 'send-normal', 3), listen(queue, 'send-normal', 3)]
    const ids = someIds(60)
    await Promise.all(ids.map((id) => queue.enqueue('send-normal', [id])))
    const all = () => [...idsOf(one), ...idsOf(other)]
    await until(all, ({ length }) => length >= ids.length, 'all ids')
    expect(all().toSorted()).toEqual(ids.toSorted())
  })
})

/** A handler that ends when the test says so. */
function heldHandler() {
  let finish: () => void = () => undefined
  let start: () => void = () => undefined
  let calls = 0
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  const started = new Promise<void>((resolve) => {
    start = resolve
  })
  return {
    started,
    finish: () => finish(),
    calls: () => calls,
    handle: () => {
      calls += 1
      start()
      return done
    },
  }
}
