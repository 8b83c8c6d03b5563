import { expect, test } from 'vitest'
import { BatcherFullError, createBatcher } from '../../../src/kit/concurrency/batcher.ts'

const fulfilled = <T>(value: T): PromiseSettledResult<T> => ({ status: 'fulfilled', value })

/** A batcher of numbers whose batches end when the test says so. */
function heldBatcher({ itemsMax = 10, lanes = 1, waitingMax = 100 } = {}) {
  const batches: { items: number[]; finish(): void }[] = []
  const batcher = createBatcher<number, number>({
    itemsMax,
    lanes,
    waitingMax,
    run: (items) =>
      new Promise((resolve) => {
        batches.push({ items, finish: () => resolve(items.map((item) => fulfilled(item * 10))) })
      }),
  })
  return { batcher, batches, sizes: () => batches.map(({ items }) => items.length) }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('each item gets its own result, and its own error', async () => {
  const batcher = createBatcher<number, number>({
    itemsMax: 10,
    lanes: 1,
    waitingMax: 100,
    run: (items) =>
      Promise.resolve(
        items.map((item) =>
          item % 2 === 0 ? fulfilled(item) : { status: 'rejected', reason: new Error(`odd ${item}`) },
        ),
      ),
  })
  const results = await Promise.allSettled([0, 1, 2, 3].map((item) => batcher.add(item)))
  expect(results).toEqual([
    fulfilled(0),
    { status: 'rejected', reason: new Error('odd 1') },
    fulfilled(2),
    { status: 'rejected', reason: new Error('odd 3') },
  ])
})

test('a batch that throws fails all of its items and none of the next batch', async () => {
  let runs = 0
  const batcher = createBatcher<number, number>({
    itemsMax: 2,
    lanes: 1,
    waitingMax: 100,
    run: (items) => {
      runs += 1
      return runs === 1 ? Promise.reject(new Error('broken')) : Promise.resolve(items.map(fulfilled))
    },
  })
  const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.add(item)))
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
})

test('an item that a batch forgets is told so', async () => {
  const batcher = createBatcher<number, number>({
    itemsMax: 2,
    lanes: 1,
    waitingMax: 2,
    run: () => Promise.resolve([]),
  })
  await expect(batcher.add(1)).rejects.toThrow('no result')
})

test('what comes during a batch leaves together, no more than itemsMax at once, in order', async () => {
  const { batcher, batches, sizes } = heldBatcher({ itemsMax: 3 })
  const first = batcher.add(0)
  await nextTurn()
  const rest = [1, 2, 3, 4].map((item) => batcher.add(item))
  await nextTurn()
  expect(sizes()).toEqual([1])
  batches[0]?.finish()
  await first
  await nextTurn()
  expect(batches[1]?.items).toEqual([1, 2, 3])
  batches[1]?.finish()
  await Promise.all(rest.slice(0, 3))
  await nextTurn()
  expect(batches[2]?.items).toEqual([4])
  batches[2]?.finish()
  expect(await Promise.all(rest)).toEqual([10, 20, 30, 40])
})

test('as many batches are under way as there are lanes', async () => {
  const { batcher, batches, sizes } = heldBatcher({ itemsMax: 1, lanes: 2 })
  const all = [1, 2, 3].map((item) => batcher.add(item))
  await nextTurn()
  expect(sizes()).toEqual([1, 1])
  for (const batch of batches) batch.finish()
  await Promise.all(all.slice(0, 2))
  await nextTurn()
  batches[2]?.finish()
  expect(await Promise.all(all)).toEqual([10, 20, 30])
})

test('more than waitingMax is refused at once, and there is room again afterwards', async () => {
  const { batcher, batches } = heldBatcher({ waitingMax: 2 })
  const running = batcher.add(1)
  await nextTurn()
  const waiting = [2, 3].map((item) => batcher.add(item))
  await expect(batcher.add(4)).rejects.toBeInstanceOf(BatcherFullError)
  batches[0]?.finish()
  await running
  await nextTurn()
  const late = batcher.add(5)
  batches[1]?.finish()
  expect(await Promise.all(waiting)).toEqual([20, 30])
  await nextTurn()
  batches[2]?.finish()
  expect(await late).toBe(50)
})
