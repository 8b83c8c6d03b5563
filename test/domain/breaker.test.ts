import { expect, test } from 'vitest'
import {
  emptyHistory,
  failsInARow,
  shouldOpen,
  withOutcome,
  type BreakerRule,
  type History,
} from '../../src/domain/breaker.ts'

const rule: BreakerRule = {
  outcomesMax: 8,
  windowMs: 10_000,
  forgetAfterMs: 5_000,
  outcomesMin: 4,
  failingSubjectsMin: 2,
  failedShare: 0.5,
  lastsMs: 0,
  keepsSuccesses: true,
}

/** The history after outcomes, `f` a failure and `s` a success, each of a subject of its own. */
function historyOf(
  marks: string,
  { of = rule, spacingMs = 1_000, subject = (index: number) => `m${index}` } = {},
) {
  return marks
    .split('')
    .reduce<History>(
      (history, mark, index) =>
        withOutcome(of, history, { subject: subject(index), failed: mark === 'f', atMs: index * spacingMs }),
      emptyHistory,
    )
}

test.each([
  ['fff', false, 'fewer outcomes than the rule asks for say nothing'],
  ['ffff', true, 'as many as it asks for do'],
  ['ssff', true, 'exactly the share is enough'],
  ['sssff', false, 'less than the share is not'],
  ['fffs', false, 'a success as the last outcome opens nothing'],
])('after %s a breaker opens: %s, because %s', (marks, opens) => {
  expect(shouldOpen(rule, historyOf(marks))).toBe(opens)
})

test('failures of fewer subjects than the rule asks for open nothing', () => {
  expect(shouldOpen(rule, historyOf('fffff', { subject: () => 'one' }))).toBe(false)
  expect(shouldOpen(rule, historyOf('fffff', { subject: (index) => `m${index % 2}` }))).toBe(true)
})

test('an outcome at the end of the window counts, an older one does not', () => {
  const of = { ...rule, windowMs: 3_000, forgetAfterMs: null }
  expect(historyOf('ffff', { of }).outcomes).toHaveLength(4)
  expect(historyOf('fffff', { of }).outcomes).toHaveLength(4)
  expect(historyOf('fffff', { of: { ...of, windowMs: null } }).outcomes).toHaveLength(5)
})

test('more outcomes than the rule counts push out the oldest', () => {
  const { outcomes } = historyOf('f'.repeat(12), { spacingMs: 1 })
  expect(outcomes.map(({ subject }) => subject)).toEqual(['m4', 'm5', 'm6', 'm7', 'm8', 'm9', 'm10', 'm11'])
})

test('after a silence everything before it is forgotten', () => {
  expect(historyOf('ff', { spacingMs: 5_000 }).outcomes).toHaveLength(2)
  expect(historyOf('ff', { spacingMs: 5_001 }).outcomes).toHaveLength(1)
  expect(historyOf('ff', { spacingMs: 5_001, of: { ...rule, forgetAfterMs: null } }).outcomes).toHaveLength(2)
})

test('failures must prevail for as long as the rule says', () => {
  const of = { ...rule, lastsMs: 2_000 }
  // They prevail from the fourth outcome on.
  expect(shouldOpen(of, historyOf('fffff', { of }))).toBe(false)
  expect(shouldOpen(of, historyOf('ffffff', { of }))).toBe(true)
})

test('where successes are not kept, a history without failures is empty', () => {
  const of = { ...rule, keepsSuccesses: false }
  expect(historyOf('sss', { of })).toEqual(emptyHistory)
  expect(historyOf('sf', { of }).outcomes).toHaveLength(1)
})

test('failures in a row are the latest ones', () => {
  expect(failsInARow(historyOf('sfff'), 3)).toBe(true)
  expect(failsInARow(historyOf('fffs'), 3)).toBe(false)
  expect(failsInARow(historyOf('ff'), 3)).toBe(false)
})
