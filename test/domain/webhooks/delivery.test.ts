import { expect, test } from 'vitest'
import { judgeAnswer } from '../../../src/domain/webhooks/delivery.ts'

const now = new Date('2026-03-28T10:00:00.000Z')
const tenHours = 36_000

/** What follows from a first attempt whose answer asked for this; its plain wait would be five seconds. */
function judge(retryAfter: string) {
  return judgeAnswer(
    { status: 503, headers: { 'retry-after': retryAfter }, body: '', error: null },
    { attempt: 1, manual: false, scheduleMs: [5_000], now, jitter: (ms) => ms },
  )
}

test.each([
  ['120', 120],
  [' 120 ', 120],
  ['0', 5],
  ['36001', tenHours],
  ['99999999999999999999', tenHours],
  ['9'.repeat(400), tenHours],
  ['Sat, 28 Mar 2026 10:02:00 GMT', 120],
  ['Saturday, 28-Mar-26 10:02:00 GMT', 120],
  ['Fri, 28 Mar 2025 10:02:00 GMT', 5],
  ['Sat, 28 Mar 2099 10:02:00 GMT', tenHours],
  ['-120', 5],
  ['1.5', 5],
  ['1e9', 5],
  ['0x10', 5],
  ['Infinity', 5],
  ['soon', 5],
  ['', 5],
])('Retry-After %j is waited for %i seconds', (retryAfter, seconds) => {
  expect(judge(retryAfter)).toMatchObject({ status: 'pending', dueInMs: seconds * 1_000 })
})

test('an endpoint is left alone for no longer than five minutes, whatever it asks for', () => {
  expect(judge('36000').hold).toEqual({ ms: 300_000, asked: true })
  expect(judge('soon').hold).toEqual({ ms: 1_000, asked: false })
})
