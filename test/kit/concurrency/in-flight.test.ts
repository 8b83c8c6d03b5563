import { expect, test } from 'vitest'
import { createInFlight } from '../../../src/kit/concurrency/in-flight.ts'

/** Work that ends when the test says so. */
function pending() {
  let finish: () => void = () => undefined
  const done = new Promise<void>((resolve) => {
    finish = resolve
  })
  return { done, finish: () => finish() }
}

test('work counts for its owner from its claim until it has settled, also when it fails', async () => {
  const inFlight = createInFlight(10)
  const [first, second] = [pending(), pending()]
  const held = [inFlight.hold('a', 3, () => first.done), inFlight.hold('b', 1, () => second.done)]
  expect([inFlight.of('a'), inFlight.of('b'), inFlight.total()]).toEqual([3, 1, 4])
  expect([...inFlight.owners()]).toEqual([
    ['a', 3],
    ['b', 1],
  ])
  first.finish()
  await held[0]
  expect([inFlight.of('a'), inFlight.total()]).toEqual([0, 1])
  second.finish()
  await held[1]
  await expect(inFlight.hold('c', 2, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  expect([inFlight.total(), [...inFlight.owners()]]).toEqual([0, []])
})

test('a claim may pass the limit, and no further one has room until less than the limit is in flight', async () => {
  const inFlight = createInFlight(2)
  await inFlight.untilRoom()
  const works = [pending(), pending()]
  const held = works.map((work, index) => inFlight.hold(`owner ${index}`, 2, () => work.done))
  let hasRoom = false
  const room = inFlight.untilRoom().then(() => {
    hasRoom = true
  })
  works[0]?.finish()
  await held[0]
  expect([hasRoom, inFlight.total()]).toEqual([false, 2])
  works[1]?.finish()
  await held[1]
  await room
  expect(hasRoom).toBe(true)
})
