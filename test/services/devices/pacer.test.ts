import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDevicePacer } from '../../../src/services/devices/pacer.ts'

/** A device that sends whenever it may, on a clock of its own: when each message went. */
async function startsOf(
  wanted: number,
  { ratePerSecond = 0.5, burst = 3, jitter = 0.4, seed = 1 } = {},
): Promise<number[]> {
  let now = 0
  const random = sequence(seed)
  const pacer = createDevicePacer({ burst, jitter }, () => now, random)
  const starts: number[] = []
  let requeued = false
  while (starts.length < wanted) {
    const slots = await pacer.reserve({ key: 'k', wanted: wanted - starts.length, ratePerSecond, requeued })
    for (let index = 0; index < slots.granted; index += 1) {
      starts.push(now + slots.firstInMs + index * (slots.gapMs ?? slots.spacingMs))
    }
    now += slots.granted < wanted ? slots.retryInMs : 0
    requeued = true
  }
  return starts
}

function sequence(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

test('over any stretch of time no more go than the pace and one burst allow, and all go', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        wanted: fc.integer({ min: 1, max: 60 }),
        ratePerSecond: fc.constantFrom(0.1, 0.5, 2, 10),
        burst: fc.integer({ min: 1, max: 5 }),
        seed: fc.integer({ min: 1, max: 1_000_000 }),
      }),
      async ({ wanted, ...how }) => {
        const starts = await startsOf(wanted, how)
        expect(starts).toHaveLength(wanted)
        const spacingMs = 1_000 / how.ratePerSecond
        for (let from = 0; from < starts.length; from += 1) {
          for (let to = from + how.burst; to < starts.length; to += 1) {
            const passedMs = (starts[to] ?? 0) - (starts[from] ?? 0)
            // The shortest spacing that the jitter can make of each.
            const leastMs = (to - from - how.burst) * spacingMs * 0.6 - 300
            expect(passedMs).toBeGreaterThanOrEqual(leastMs)
          }
        }
      },
    ),
    { numRuns: 200 },
  )
})

test('the times between messages vary', async () => {
  const starts = await startsOf(30)
  const gaps = starts.slice(4).map((start, index) => Math.round(start - (starts[index + 3] ?? 0)))
  expect(new Set(gaps).size).toBeGreaterThan(10)
})

test('a device begins without a burst, and has one after a pause', async () => {
  let now = 0
  const pacer = createDevicePacer(
    { burst: 3, jitter: 0 },
    () => now,
    () => 0.5,
  )
  const reserve = () => pacer.reserve({ key: 'k', wanted: 5, ratePerSecond: 0.5, requeued: true })
  expect((await reserve()).granted).toBe(1)
  now += 60_000
  expect((await reserve()).granted).toBe(3)
  expect((await reserve()).granted).toBe(0)
})

test('nothing goes while it is held', async () => {
  let now = 0
  const pacer = createDevicePacer(
    { burst: 3, jitter: 0 },
    () => now,
    () => 0.5,
  )
  await pacer.hold('k', 10_000)
  expect(await pacer.reserve({ key: 'k', wanted: 1, ratePerSecond: 0.5, requeued: true })).toMatchObject({
    granted: 0,
    retryInMs: 10_000,
  })
  now += 10_000
  expect((await pacer.reserve({ key: 'k', wanted: 1, ratePerSecond: 0.5, requeued: true })).granted).toBe(1)
})
