import { expect, test } from 'vitest'
import { createFairPriority } from '../../src/queue/fair-priority.ts'

/** Turns by a clock that the test moves. */
function turnsAt() {
  let nowMs = 0
  return {
    turns: createFairPriority(() => nowMs),
    pass: (ms: number) => {
      nowMs += ms
    },
  }
}

const first = 1

test('a tenant that asks for one job at a time is always next', () => {
  const { turns, pass } = turnsAt()
  for (let round = 0; round < 1_000; round += 1) {
    expect(turns.next('normal', 'calm', 1)).toBe(first)
    pass(20)
  }
})

test('one that pours in many is set back by each of them', () => {
  const { turns } = turnsAt()
  const turnsOfPourer = Array.from({ length: 100 }, () => turns.next('normal', 'pourer', 1))
  expect(turnsOfPourer).toEqual(Array.from({ length: 100 }, (_unused, index) => index + 1))
  expect(turns.next('normal', 'other', 1)).toBe(first)
})

test('small pieces count for what they are', () => {
  const { turns } = turnsAt()
  const pieces = Array.from({ length: 8 }, () => turns.next('normal', 'pourer', 0.25))
  expect(pieces).toEqual([1, 1, 1, 1, 2, 2, 2, 2])
})

test('time brings everybody back to the front, and no idle tenant saves up for later', () => {
  const { turns, pass } = turnsAt()
  for (let job = 0; job < 50; job += 1) turns.next('normal', 'pourer', 1)
  pass(30 * 20)
  expect(turns.next('normal', 'pourer', 1)).toBe(21)
  pass(60 * 1_000)
  const burst = Array.from({ length: 3 }, () => turns.next('normal', 'pourer', 1))
  expect(burst).toEqual([1, 2, 3])
})

test('a lane knows nothing of another', () => {
  const { turns } = turnsAt()
  for (let job = 0; job < 50; job += 1) turns.next('bulk', 'pourer', 1)
  expect(turns.next('urgent', 'pourer', 1)).toBe(first)
})

test('a priority never leaves the range that the queue takes', () => {
  const { turns } = turnsAt()
  turns.next('bulk', 'pourer', 5_000_000)
  expect(turns.next('bulk', 'pourer', 1)).toBe(2_000_000)
})

test('a tenant that is still ahead is remembered when old ones are forgotten', () => {
  const { turns, pass } = turnsAt()
  turns.next('normal', 'pourer', 20_000)
  pass(6_000 * 20)
  expect(turns.next('normal', 'other', 1)).toBe(first)
  expect(turns.next('normal', 'pourer', 1)).toBe(14_001)
})
