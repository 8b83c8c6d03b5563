import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emptyHistory, shouldOpen, withOutcome, type History } from '../../../src/domain/breaker.ts'
import {
  breakerAt,
  breakerTimes,
  breakerWaitMs,
  senderBreaker,
  verdictOn,
} from '../../../src/domain/sessions/breaker.ts'
import { sendErrors, type SendErrorCode } from '../../../src/domain/messages/send-errors.ts'
import type { BreakerRow, Session } from '../../../src/domain/sessions/session.ts'

/** What is seen after outcomes, one a second: `f` a failure, `s` a success, each of a message of its own. */
function seeing(marks: string, spacingMs = 1_000): History {
  return marks.split('').reduce(
    (seen, mark, index) =>
      withOutcome(senderBreaker, seen, {
        subject: `m${index}`,
        failed: mark === 'f',
        atMs: index * spacingMs,
      }),
    emptyHistory,
  )
}

describe('what a failure is about', () => {
  const aboutOne = Object.entries(sendErrors).filter(
    ([code, { scope, attemptsMax }]) =>
      scope === 'recipient' || (scope === 'message' && attemptsMax === 1 && code !== 'expired'),
  )

  test('nothing that is about one message or one recipient counts against its sender', () => {
    const codes = Object.keys(sendErrors).filter(isCode)
    const counted = codes.filter((code) => aboutOne.some(([one]) => one === code))
    expect(counted.length).toBeGreaterThan(10)
    // A file that cannot be converted says nothing about the provider, which was not asked.
    const asked = counted.filter((code) => code !== 'media_conversion_failed')
    expect(new Set(asked.map(verdictOn))).toEqual(new Set(['answer']))
    expect(verdictOn('media_conversion_failed')).toBe('nothing')
  })

  test.each([
    'provider_unavailable',
    'connection_failed',
    'outcome_unknown',
    'session_maintenance',
    'sender_restricted',
  ] as const)('%s is about the way to the provider', (code) => {
    expect(verdictOn(code)).toBe('failure')
  })

  test('a throttled sender is slowed down, not paused', () => {
    expect(verdictOn('throttled')).toBe('nothing')
  })

  test('an accepted message shows that the way is open', () => {
    expect(verdictOn(null)).toBe('answer')
  })
})

const windowMs = senderBreaker.windowMs ?? 0

describe('a breaker', () => {
  test.each([
    ['fffff', false],
    ['ffffff', true],
    // What went well before the first failure does not speak for the provider any more.
    ['sssssssssssssssffffff', true],
    ['fsfffff', true],
    ['fsfsffff', false],
    ['fsfsfsfsfsfsfsfsfsfs', false],
    [`${'fs'.repeat(5)}${'f'.repeat(17)}`, true],
    ['fffffffs', false],
  ])('that saw %s opens: %s', (marks, opens) => {
    expect(shouldOpen(senderBreaker, seeing(marks))).toBe(opens)
  })

  test('does not open for one message that fails again and again', () => {
    const seen = Array.from({ length: 30 }).reduce<History>(
      (all, _one, index) =>
        withOutcome(senderBreaker, all, { subject: 'the one', failed: true, atMs: index * 1_000 }),
      emptyHistory,
    )
    expect(shouldOpen(senderBreaker, seen)).toBe(false)
  })

  test('does not open for a stall that fails many at once, and does for an outage at any pace', () => {
    const stall = 'f'.repeat(500)
    expect(shouldOpen(senderBreaker, seeing(stall, 1))).toBe(false)
    expect(shouldOpen(senderBreaker, seeing(`${stall}${'s'.repeat(20)}${stall}f`, 1))).toBe(false)
    expect(shouldOpen(senderBreaker, seeing('f'.repeat(1_100), 1))).toBe(true)
  })

  test('forgets what is too old', () => {
    expect(shouldOpen(senderBreaker, seeing('ffffffff', windowMs / 4 + 1))).toBe(false)
    expect(seeing('fs', windowMs + 1)).toBe(emptyHistory)
  })

  test('remembers a bounded number of outcomes, and none while all go well', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('f', 's'), maxLength: 200 }), (marks) => {
        const seen = seeing(marks, 1)
        expect(seen.outcomes.length).toBeLessThanOrEqual(senderBreaker.outcomesMax)
        if (!marks.includes('f')) expect(seen).toBe(emptyHistory)
      }),
    )
  })

  test('stays open longer each time, up to a bound', () => {
    expect([1, 2, 3, 4].map(breakerWaitMs)).toEqual([5_000, 10_000, 20_000, 40_000])
    expect(breakerWaitMs(1_000)).toBe(breakerTimes.waitMsMax)
  })

  test('is open until its time, then half open, and closed only when it was closed', () => {
    const until = new Date('2026-03-28T10:00:00Z')
    const reason = { code: 'connection_failed', detail: 'No connection.' }
    const session = sessionWith({ state: 'opened', until, trips: 2, ...reason })
    const at = (ms: number) => breakerAt(session, new Date(until.getTime() + ms)).state
    expect([at(-1), at(0), at(3_600_000)]).toEqual(['open', 'half_open', 'half_open'])
    expect(breakerAt(sessionWith({ state: 'closed' }), until)).toEqual({ state: 'closed' })
  })
})

function isCode(text: string): text is SendErrorCode {
  return text in sendErrors
}

function sessionWith(breaker: BreakerRow): Session {
  const at = new Date('2026-03-01T10:00:00Z')
  return {
    id: 's',
    accountId: 'a',
    name: 'default',
    provider: 'whatsapp-cloud',
    isDefault: true,
    credentials: '',
    senderId: null,
    pastSenderIds: [],
    state: 'active',
    ratePerSecond: 80,
    onUnknown: 'retry',
    previewLinks: true,
    displayPhoneNumber: null,
    verifiedName: null,
    qualityRating: null,
    verifiedAt: null,
    businessAccountId: null,
    lastError: null,
    health: null,
    createdAt: at,
    updatedAt: at,
    breaker,
  }
}
