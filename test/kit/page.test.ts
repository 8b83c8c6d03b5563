import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pageOf, rangeOf } from '../../src/kit/page.ts'

test('pages by cursor show every row once and in order, whatever the limit', () => {
  fc.assert(
    fc.property(fc.nat(60), fc.integer({ min: 1, max: 20 }), (count, limit) => {
      const all = Array.from({ length: count }, (_, index) => index)
      const seen: number[] = []
      let cursor: string | null = null
      for (let pages = 0; pages <= count; pages += 1) {
        const from: number = cursor === null ? 0 : Number(cursor) + 1
        const range = rangeOf({ limit, page: 1, cursor })
        const { rows, nextCursor } = pageOf(all.slice(from, from + range.limit), limit, String)
        seen.push(...rows)
        cursor = nextCursor
        if (cursor === null) break
      }
      expect(cursor).toBe(null)
      expect(seen).toEqual(all)
    }),
  )
})

test('pages by number skip the rows before them, and a cursor is stronger', () => {
  expect(rangeOf({ limit: 20, page: 3, cursor: null })).toEqual({ limit: 21, offset: 40 })
  expect(rangeOf({ limit: 20, page: 3, cursor: 'x' })).toEqual({ limit: 21, offset: 0 })
})

test('a page has at most as many rows as were asked for, and names a next one only when there is more', () => {
  expect(pageOf([1, 2, 3], 2, String)).toEqual({ rows: [1, 2], nextCursor: '2' })
  expect(pageOf([1, 2], 2, String)).toEqual({ rows: [1, 2], nextCursor: null })
  expect(pageOf([], 2, String)).toEqual({ rows: [], nextCursor: null })
})
