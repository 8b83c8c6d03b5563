import { expect, test } from 'vitest'
import { createFairSemaphore, type FairSemaphore } from '../../../src/kit/concurrency/fair-semaphore.ts'

const waitMs = 60_000
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** Asks for `count` slots for an owner and keeps what it gets until it is told to give one back. */
function crowd(
  gate: FairSemaphore,
  { group, owner, count }: { group: string; owner: string; count: number },
) {
  const inside: (() => void)[] = []
  for (let asked = 0; asked < count; asked += 1) {
    void gate.run({ group, owner }, waitMs, () => new Promise<void>((resolve) => inside.push(resolve)))
  }
  return {
    inside: () => inside.length,
    async leave() {
      inside.shift()?.()
      await nextTurn()
    },
  }
}

function owners(gate: FairSemaphore, group: string, count: number) {
  return Array.from({ length: count }, (_, index) =>
    crowd(gate, { group, owner: `${group}-${index}`, count: 100 }),
  )
}

const total = (crowds: { inside(): number }[]) => crowds.reduce((sum, one) => sum + one.inside(), 0)

test('an owner alone gets as many slots as it may have', () => {
  const gate = createFairSemaphore({ slots: 128, perOwner: 16 })
  expect(crowd(gate, { group: 'a', owner: 'one', count: 100 }).inside()).toBe(16)
})

test('however many owners a group has, they leave half of the slots free', () => {
  const gate = createFairSemaphore({ slots: 128, perOwner: 16 })
  expect(total(owners(gate, 'a', 50))).toBe(64)
  expect(crowd(gate, { group: 'b', owner: 'other', count: 10 }).inside()).toBe(10)
})

test('while many groups take all that they can get, the next one finds a place', () => {
  const gate = createFairSemaphore({ slots: 128, perOwner: 16 })
  const crowds = Array.from({ length: 5 }, (_, index) => owners(gate, `group-${index}`, 20)).flat()
  expect(total(crowds)).toBeLessThan(128)
  expect(crowd(gate, { group: 'late', owner: 'late', count: 1 }).inside()).toBe(1)
})

test('as slots change hands, each group comes to the same share', async () => {
  const gate = createFairSemaphore({ slots: 120, perOwner: 120 })
  const groups = ['a', 'b'].map((group) => owners(gate, group, 10))
  expect(groups.map(total)).toEqual([60, 30])
  for (let round = 0; round < 20; round += 1) {
    for (const crowds of groups) for (const one of crowds) await one.leave()
  }
  const [first = 0, second = 0] = groups.map(total)
  expect(Math.abs(first - second)).toBeLessThanOrEqual(2)
})

test('who waits is let in by turns, and in the end everybody was', async () => {
  const gate = createFairSemaphore({ slots: 4, perOwner: 4 })
  let entered = 0
  let most = 0
  let inside = 0
  const asked = ['one', 'two', 'three'].flatMap((owner) =>
    Array.from({ length: 20 }, () =>
      gate.run({ group: owner, owner }, waitMs, async () => {
        entered += 1
        inside += 1
        most = Math.max(most, inside)
        await nextTurn()
        inside -= 1
      }),
    ),
  )
  await Promise.all(asked)
  expect(entered).toBe(60)
  expect(most).toBeLessThanOrEqual(4)
})

test('who finds no place in time goes without, and leaves the line', async () => {
  const gate = createFairSemaphore({ slots: 1, perOwner: 1 })
  const first = crowd(gate, { group: 'a', owner: 'one', count: 1 })
  let ran = false
  const late = await gate.run({ group: 'a', owner: 'one' }, 5, async () => {
    ran = true
  })
  expect([late, ran]).toEqual([null, false])
  await first.leave()
  expect(await gate.run({ group: 'b', owner: 'two' }, waitMs, () => Promise.resolve('in'))).toBe('in')
})

test('a place is given back when the work fails', async () => {
  const gate = createFairSemaphore({ slots: 1, perOwner: 1 })
  const asker = { group: 'a', owner: 'one' }
  await expect(gate.run(asker, waitMs, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect(await gate.run(asker, waitMs, () => Promise.resolve('next'))).toBe('next')
})
