import fc from 'fast-check'
import { expect, test } from 'vitest'
import { togetherOrEach } from '../../../src/kit/concurrency/together-or-each.ts'

/** Doubles numbers in one go, and refuses every set that holds one of `bad`. */
function doubling(bad: ReadonlySet<number>) {
  const sets: number[][] = []
  const run = async (items: readonly number[]): Promise<number[]> => {
    sets.push([...items])
    const found = items.find((item) => bad.has(item))
    if (found !== undefined) throw new Error(`${found} is bad`)
    return items.map((item) => item * 2)
  }
  return { run, sets }
}

test('whatever items are bad, the others succeed and each bad one fails with its own error', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.nat(50), { maxLength: 12 }),
      fc.array(fc.nat(50)),
      async (items, list) => {
        const bad = new Set(list)
        const results = await togetherOrEach(items, doubling(bad).run)
        expect(results).toEqual(
          items.map((item) =>
            bad.has(item)
              ? { status: 'rejected', reason: new Error(`${item} is bad`) }
              : { status: 'fulfilled', value: item * 2 },
          ),
        )
      },
    ),
  )
})

test('a set without a bad item is run once', async () => {
  const { run, sets } = doubling(new Set())
  await togetherOrEach([1, 2, 3], run)
  expect(sets).toEqual([[1, 2, 3]])
})

test('an error that passes by itself is thrown as it is, and no item is tried alone', async () => {
  const { run, sets } = doubling(new Set([2]))
  const isPassing = (error: unknown): boolean => String(error).includes('2 is bad')
  await expect(togetherOrEach([1, 2, 3], run, { isPassing })).rejects.toThrow('2 is bad')
  expect(sets).toEqual([[1, 2, 3]])
})

test('an error that passes by itself, once items run alone, is the result of its item: what succeeded before stays told', async () => {
  const isPassing = (error: unknown): boolean => String(error).includes('3 is bad')
  const results = await togetherOrEach([1, 2, 3, 4], doubling(new Set([2, 3])).run, { isPassing })
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
})
