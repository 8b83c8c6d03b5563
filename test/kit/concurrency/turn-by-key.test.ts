import { expect, test } from 'vitest'
import { createTurnByKey } from '../../../src/kit/concurrency/turn-by-key.ts'

test('each key is held by one at a time, in the order of asking, and others do not wait', async () => {
  const turns = createTurnByKey()
  const log: string[] = []
  const gates = new Map<string, () => void>()
  const hold = (name: string, keys: string[]) =>
    turns.run(keys, async () => {
      log.push(name)
      await new Promise<void>((resolve) => gates.set(name, resolve))
    })
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  const all = [hold('first', ['a']), hold('both', ['b', 'a']), hold('last', ['b']), hold('other', ['c', 'c'])]
  await settled()
  expect(log).toEqual(['first', 'last', 'other'])
  gates.get('first')?.()
  await settled()
  expect(log).toHaveLength(3)
  gates.get('last')?.()
  await settled()
  expect(log.at(-1)).toBe('both')
  for (const open of gates.values()) open()
  await Promise.all(all)
})

test('a key is free again after a failure', async () => {
  const turns = createTurnByKey()
  await expect(turns.run(['a'], () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await turns.run(['a'], () => Promise.resolve(1))).toBe(1)
})

test('whoever needs several keys never waits for another in a circle', async () => {
  const turns = createTurnByKey()
  const keys = ['a', 'b', 'c', 'd']
  let inside = 0
  const runs = Array.from({ length: 200 }, (_, n) =>
    turns.run([keys[n % 4] ?? 'a', keys[(n * 7 + 1) % 4] ?? 'a', 'all'], async () => {
      inside += 1
      expect(inside).toBe(1)
      await Promise.resolve()
      inside -= 1
    }),
  )
  await Promise.all(runs)
})
