import { expect, test } from 'vitest'
import { retryAfterMs } from '../../../src/kit/net/retry-after.ts'

const now = new Date('2026-03-28T10:00:00Z')

test.each([
  ['120', 120_000],
  [' 5 ', 5_000],
  ['0', 0],
  ['99999999999', 99_999_999_999_000],
  ['Sat, 28 Mar 2026 10:01:00 GMT', 60_000],
  ['Sat, 28 Mar 2026 09:00:00 GMT', 0],
  ['Saturday, 28-Mar-26 10:00:30 GMT', 30_000],
  ['Sat 28 Mar 2026 10:01:00 GMT', 60_000],
])('%s asks for %d ms', (value, ms) => {
  expect(retryAfterMs(value, now)).toBe(ms)
})

test.each([
  undefined,
  '',
  [],
  [''],
  '-5',
  '1.5',
  '2026-03-28',
  '3 Sat, 28 Mar 2026 10:01:00 GMT',
  'soon',
  '0x10',
])('%s asks for nothing', (value) => {
  expect(retryAfterMs(value, now)).toBe(null)
})

test('of a header that came twice the first one counts', () => {
  expect(retryAfterMs(['7', '9'], now)).toBe(7_000)
})
