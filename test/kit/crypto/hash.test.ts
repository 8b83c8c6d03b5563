import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson, safeEqual, sha256 } from '../../../src/kit/crypto/hash.ts'

test('sha256 is that of FIPS 180-2', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  expect(sha256('abc').toString('hex')).toBe(abc)
  expect(sha256(Buffer.from('abc')).toString('hex')).toBe(abc)
})

test('safeEqual tells equal from different, whatever the lengths', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      expect(safeEqual(one, one)).toBe(true)
      expect(safeEqual(one, other)).toBe(one === other)
    }),
  )
})

test('the order of keys does not show in canonical JSON, at any depth; the order of lists does', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}')
  expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]))
})

test('canonical JSON keeps the value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value))
    }),
  )
})

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, inner]) => [key, shuffled(inner)]),
  )
}
