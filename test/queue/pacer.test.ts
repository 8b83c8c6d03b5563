import { afterEach, describe, expect, test } from 'vitest'
import { Redis } from 'ioredis'
import fc from 'fast-check'
import { directTarget } from '../../src/db/connection.ts'
import { createDb } from '../../src/db/client.ts'
import { createPostgresPacer } from '../../src/db/stores/dispatch/pacer.ts'
import { paceHorizonMs, type Pacer, type Slots } from '../../src/domain/messages/pacer.ts'
import { newId } from '../../src/kit/id.ts'
import { wait } from '../../src/kit/concurrency/wait.ts'
import { createRedisPacer } from '../../src/queue/redis-pacer.ts'
import { createTestDatabase } from '../support/postgres.ts'
import { describeBackends } from '../support/backends.ts'

/** Rounding of the scripts' decimals. */
const slackMs = 0.01
const clients = 3

describeBackends('the pace', (backend) => {
  let closers: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    const closing = closers.toReversed()
    closers = []
    for (const close of closing) await close()
  })

  /** Several clients of one pace, as several workers are, and the clock of the server that keeps it. */
  async function openPaces(): Promise<{ paces: Pacer[]; nowMs(): Promise<number> }> {
    const url = backend.freshRedisUrl()
    if (url !== null) {
      const connections = Array.from({ length: clients }, () => new Redis(url))
      closers.push(...connections.map((redis) => () => redis.quit()))
      return {
        paces: connections.map((redis) => createRedisPacer(redis, 'test')),
        async nowMs() {
          const [seconds = 0, micros = 0] = ((await connections[0]?.time()) ?? []).map(Number)
          return seconds * 1_000 + micros / 1_000
        },
      }
    }
    const database = await createTestDatabase()
    const dbs = Array.from({ length: clients }, () =>
      createDb({ target: directTarget(database.url), poolMax: 4 }),
    )
    closers.push(() => database.drop(), ...dbs.map((db) => () => db.close()))
    return {
      paces: dbs.map(createPostgresPacer),
      async nowMs() {
        const text = 'select extract(epoch from clock_timestamp())::float8 * 1000 as now'
        const [row] = (await dbs[0]?.query<{ now: number }>('', text, [])) ?? []
        return row?.now ?? 0
      },
    }
  }

  test('concurrent takers of several workers never get slots closer than the spacing', async () => {
    const { paces } = await openPaces()
    const request = fc.record({
      client: fc.nat({ max: clients - 1 }),
      wanted: fc.integer({ min: 1, max: 40 }),
      requeued: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 2, maxLength: 30 }),
        fc.constantFrom(20, 80, 333, 1_000),
        async (requests, ratePerSecond) => {
          const key = newId()
          const answers = await Promise.all(
            requests.map(async ({ client, wanted, requeued }) => {
              const askedMs = performance.now()
              const slots = await paceOf(paces, client).reserve({ key, wanted, ratePerSecond, requeued })
              return { slots, askedMs, wanted, toldMs: performance.now() }
            }),
          )
          // All were asked within a moment: together they cannot have more than the horizon and that moment hold.
          const momentMs =
            Math.max(...answers.map(({ toldMs }) => toldMs)) -
            Math.min(...answers.map(({ askedMs }) => askedMs))
          const granted = answers.reduce((sum, { slots }) => sum + slots.granted, 0)
          const spacingMs = 1_000 / ratePerSecond
          expect(granted).toBeGreaterThan(0)
          expect(granted).toBeLessThanOrEqual((paceHorizonMs + momentMs) / spacingMs + 1)
          for (const { slots, wanted } of answers) {
            expect(slots.granted).toBeLessThanOrEqual(wanted)
            expect(slots.spacingMs).toBeCloseTo(spacingMs)
            if (slots.granted > 0) expect(lastOf(slots)).toBeLessThanOrEqual(paceHorizonMs + slackMs)
            if (slots.granted < wanted) expect(slots.retryInMs).toBeGreaterThan(0)
          }
        },
      ),
      { numRuns: 25 },
    )
  })

  test('over a second and more, no window of time holds more slots than the rate allows', async () => {
    const { paces, nowMs } = await openPaces()
    const ratePerSecond = 200
    const spacingMs = 1_000 / ratePerSecond
    const key = newId()
    const startMs = await nowMs()
    const deadline = performance.now() + 1_500
    const taken: { earliestMs: number; latestMs: number }[] = []
    await Promise.all(
      paces.map(async (pace, index) => {
        while (performance.now() < deadline) {
          // The server's clock just before and after bounds when the slots begin.
          const beforeMs = await nowMs()
          const slots = await pace.reserve({ key, wanted: 1 + index * 7, ratePerSecond, requeued: index > 0 })
          const afterMs = await nowMs()
          for (let slot = 0; slot < slots.granted; slot += 1) {
            const offsetMs = slots.firstInMs + slot * spacingMs - startMs
            taken.push({ earliestMs: beforeMs + offsetMs, latestMs: afterMs + offsetMs })
          }
          await wait(3)
        }
      }),
    )
    expect(taken.length).toBeGreaterThan(ratePerSecond)
    for (const windowMs of [spacingMs, 10 * spacingMs, 500, 1_000]) {
      for (const { earliestMs: fromMs } of taken) {
        // Those that are certainly within the window.
        const within = taken.filter(
          ({ earliestMs, latestMs }) => earliestMs >= fromMs && latestMs <= fromMs + windowMs - slackMs,
        )
        expect(within.length).toBeLessThanOrEqual(Math.ceil(windowMs / spacingMs))
      }
    }
  })

  describe('those without a slot', () => {
    test('stand in a line: each is told a later time than the one before, by as much as that one wants', async () => {
      const { paces } = await openPaces()
      const key = newId()
      const ask = (client: number, wanted: number) =>
        paceOf(paces, client).reserve({ key, wanted, ratePerSecond: 10, requeued: false })
      const first = await ask(0, 100)
      expect(first.granted).toBe(3)
      const startMs = performance.now()
      const told: { retryInMs: number; atMs: number }[] = []
      for (let client = 0; client < 6; client += 1) {
        const slots = await ask(client % clients, 5)
        expect(slots.granted).toBe(0)
        told.push({ retryInMs: slots.retryInMs, atMs: performance.now() - startMs })
      }
      // 97 wait before the first of them, 5 before each further one.
      for (const [index, { retryInMs, atMs }] of told.entries()) {
        const placeMs = first.retryInMs + (97 + 5 * index) * 100
        expect(retryInMs).toBeLessThanOrEqual(placeMs + slackMs)
        expect(retryInMs).toBeGreaterThanOrEqual(placeMs - atMs - 1_000)
      }
      const due = told.map(({ retryInMs, atMs }) => retryInMs + atMs)
      expect(due).toEqual(due.toSorted((one, other) => one - other))
    })

    test('let pass whoever is in turn, or urgent', async () => {
      const { paces } = await openPaces()
      const key = newId()
      const pace = paceOf(paces, 0)
      await pace.reserve({ key, wanted: 500, ratePerSecond: 100, requeued: false })
      const queued = await pace.reserve({ key, wanted: 1, ratePerSecond: 100, requeued: false })
      expect(queued.granted).toBe(0)
      expect(queued.retryInMs).toBeGreaterThan(1_000)
      const urgent = await pace.reserve({ key, wanted: 1, ratePerSecond: 100, requeued: true })
      const waitsMs = urgent.granted === 1 ? urgent.firstInMs : urgent.retryInMs
      expect(waitsMs).toBeLessThanOrEqual(paceHorizonMs + 10 + slackMs)
    })
  })

  test('while it holds nothing is handed out, and a shorter hold does not shorten a longer one', async () => {
    const { paces } = await openPaces()
    const key = newId()
    const ask = (requeued: boolean) =>
      paceOf(paces, 1).reserve({ key, wanted: 3, ratePerSecond: 1_000, requeued })
    await paceOf(paces, 0).hold(key, 60_000)
    await paceOf(paces, 0).hold(key, 1_000)
    for (const requeued of [true, false]) {
      const slots = await ask(requeued)
      expect(slots.granted).toBe(0)
      expect(slots.retryInMs).toBeGreaterThan(50_000)
    }
  })

  test('a hold that ends hands out slots again, none before its end', async () => {
    const { paces, nowMs } = await openPaces()
    const key = newId()
    const endMs = (await nowMs()) + 400
    await paceOf(paces, 0).hold(key, 400)
    for (;;) {
      const beforeMs = await nowMs()
      const slots = await paceOf(paces, 1).reserve({ key, wanted: 1, ratePerSecond: 100, requeued: true })
      const afterMs = await nowMs()
      if (slots.granted === 0) {
        await wait(10)
        continue
      }
      expect(afterMs + slots.firstInMs).toBeGreaterThanOrEqual(endMs - slackMs)
      expect(beforeMs).toBeGreaterThanOrEqual(endMs - paceHorizonMs - 10)
      break
    }
  })

  test('senders do not share their pace', async () => {
    const { paces } = await openPaces()
    const pace = paceOf(paces, 0)
    await pace.reserve({ key: newId(), wanted: 1_000, ratePerSecond: 10, requeued: false })
    const other = await pace.reserve({ key: newId(), wanted: 1, ratePerSecond: 10, requeued: false })
    expect(other).toMatchObject({ granted: 1, firstInMs: 0 })
  })

  test('an idle sender saves nothing up: a burst is spread as ever', async () => {
    const { paces } = await openPaces()
    const key = newId()
    const pace = paceOf(paces, 0)
    await pace.reserve({ key, wanted: 1, ratePerSecond: 100, requeued: false })
    await wait(300)
    const burst = await pace.reserve({ key, wanted: 100, ratePerSecond: 100, requeued: false })
    expect(burst.granted).toBe(1 + paceHorizonMs / 10)
  })
})

function paceOf(paces: Pacer[], client: number): Pacer {
  const pace = paces[client]
  if (pace === undefined) throw new Error(`no client ${client}`)
  return pace
}

function lastOf({ firstInMs, granted, spacingMs }: Slots): number {
  return firstInMs + (granted - 1) * spacingMs
}
