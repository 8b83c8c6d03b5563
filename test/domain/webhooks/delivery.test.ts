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

/** A judgement with a schedule of three waits, of which the attempt was the first. */
function judgeStatus(
  answer: { status: number; error?: string; abort?: boolean },
  { attempt = 1, manual = false, scheduleMs = [5_000, 30_000, 120_000] } = {},
) {
  const headers = answer.abort === true ? { 'webhook-delivery': 'abort-message' } : {}
  return judgeAnswer(
    { status: answer.status, headers, body: '', error: answer.error ?? null },
    { attempt, manual, scheduleMs, now, jitter: (ms) => ms },
  )
}

const success = { status: 'delivered', dueInMs: null, error: null, gone: false, hold: null, exhausted: false }

test.each([200, 201, 204, 299])('%i is a success', (status) => {
  expect(judgeStatus({ status })).toEqual(success)
})

test.each([0, 199, 300, 301, 400, 404, 500])('%i is tried again after the wait of its attempt', (status) => {
  const again = { status: 'pending', error: 'E_HTTP', gone: false, hold: null, exhausted: false }
  expect(judgeStatus({ status })).toEqual({ ...again, dueInMs: 5_000 })
  expect(judgeStatus({ status }, { attempt: 2 })).toEqual({ ...again, dueInMs: 30_000 })
})

test.each([429, 502, 503, 504])('%i slows the endpoint down', (status) => {
  expect(judgeStatus({ status }).hold).toEqual({ ms: 1_000, asked: false })
})

test('410 ends the endpoint, and abort-message the delivery: neither is tried again nor exhausted', () => {
  const ended = { status: 'failed', dueInMs: null, error: 'E_HTTP', hold: null, exhausted: false }
  expect(judgeStatus({ status: 410 })).toEqual({ ...ended, gone: true })
  expect(judgeStatus({ status: 500, abort: true })).toEqual({ ...ended, gone: false })
})

test('an attempt by hand is followed by no other, and exhausts nothing', () => {
  expect(judgeStatus({ status: 500 }, { manual: true })).toMatchObject({
    status: 'failed',
    dueInMs: null,
    exhausted: false,
  })
})

test('the attempt after the last wait exhausts the delivery', () => {
  expect(judgeStatus({ status: 500 }, { attempt: 4 })).toMatchObject({
    status: 'failed',
    dueInMs: null,
    exhausted: true,
  })
})

test('a receiver that hangs is given a minute, unless the schedule has no such wait at all', () => {
  const hangs = { status: 0, error: 'E_TIMEOUT' }
  expect(judgeStatus(hangs)).toMatchObject({
    dueInMs: 60_000,
    error: 'E_TIMEOUT',
    hold: { ms: 1_000, asked: false },
  })
  expect(judgeStatus(hangs, { attempt: 3 })).toMatchObject({ dueInMs: 120_000 })
  expect(judgeStatus(hangs, { scheduleMs: [5_000, 30_000] })).toMatchObject({ dueInMs: 30_000 })
  expect(judgeStatus({ status: 0, error: 'E_CONNECTION' })).toMatchObject({
    dueInMs: 5_000,
    error: 'E_CONNECTION',
    hold: null,
  })
})
