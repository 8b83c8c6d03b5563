import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs, jitter } from '../../src/kit/backoff.ts'

test.each([
  { attempt: 1, rule: { baseMs: 1_000, capMs: 60_000 }, plainMs: 1_000 },
  { attempt: 2, rule: { baseMs: 1_000, capMs: 60_000 }, plainMs: 2_000 },
  { attempt: 5, rule: { baseMs: 1_000, capMs: 60_000 }, plainMs: 16_000 },
  { attempt: 12, rule: { baseMs: 1_000, capMs: 60_000 }, plainMs: 60_000 },
  { attempt: 3, rule: { baseMs: 1_000, factor: 4, capMs: 3_600_000 }, plainMs: 16_000 },
  { attempt: 5_000, rule: { baseMs: 1_000, capMs: 60_000 }, plainMs: 60_000 },
])('attempt $attempt waits $plainMs ms, 20 % more or less', ({ attempt, rule, plainMs }) => {
  for (let draw = 0; draw < 200; draw += 1) {
    const ms = backoffMs(attempt, rule)
    expect(ms).toBeGreaterThanOrEqual(plainMs * 0.8)
    expect(ms).toBeLessThanOrEqual(plainMs * 1.2)
    expect(Number.isInteger(ms)).toBe(true)
  }
})

test('jitter spreads over the whole band and never leaves it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100_000_000 }), (ms) => {
      const spread = Array.from({ length: 40 }, () => jitter(ms) / ms)
      expect(Math.min(...spread)).toBeGreaterThanOrEqual(0.8)
      expect(Math.max(...spread)).toBeLessThanOrEqual(1.2)
      expect(new Set(spread).size).toBeGreaterThan(1)
    }),
  )
})
