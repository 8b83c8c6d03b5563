import { expect, test } from 'vitest'
import { createSemaphore } from '../../../src/kit/concurrency/semaphore.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

/** Work that ends when the test says so. */
function held() {
  let finish: () => void = () => undefined
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  return { done, finish: () => finish() }
}

test('no more than the limit are inside, first come first served', async () => {
  const gate = createSemaphore(2)
  const works = [0, 1, 2, 3].map(() => held())
  const started: number[] = []
  const runs = works.map((work, index) =>
    gate.run(() => {
      started.push(index)
      return work.done
    }),
  )
  await nextTurn()
  expect(started).toEqual([0, 1])
  works[1]?.finish()
  await runs[1]
  await nextTurn()
  expect(started).toEqual([0, 1, 2])
  for (const work of works) work.finish()
  await Promise.all(runs)
  expect(started).toEqual([0, 1, 2, 3])
  expect(gate.size()).toBe(0)
})

test('a place is given back when the work fails', async () => {
  const gate = createSemaphore(1)
  await expect(gate.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect(await gate.run(() => Promise.resolve('next'))).toBe('next')
})

test('room resolves when one place is free, and not before', async () => {
  const gate = createSemaphore(2)
  await gate.room()
  const works = [held(), held(), held()]
  const runs = works.map((work) => gate.run(() => work.done))
  let hasRoom = false
  const room = gate.room().then(() => {
    hasRoom = true
  })
  works[0]?.finish()
  await runs[0]
  await nextTurn()
  expect(hasRoom).toBe(false)
  works[1]?.finish()
  await room
  works[2]?.finish()
  await Promise.all(runs)
})
