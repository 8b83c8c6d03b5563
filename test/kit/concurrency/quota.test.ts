import { expect, test } from 'vitest'
import { createQuota } from '../../../src/kit/concurrency/quota.ts'

test('there are so many places in all, and so many for one', () => {
  const places = createQuota({ max: 3, perOwner: 2 })
  const leave = [places.take('a'), places.take('a')]
  expect(places.take('a')).toBeNull()
  expect(places.take('b')).not.toBeNull()
  expect(places.take('c')).toBeNull()
  leave[0]?.()
  expect(places.take('c')).not.toBeNull()
})

test('a place that is given back twice is one place', () => {
  const places = createQuota({ max: 2, perOwner: 2 })
  const leave = places.take('a')
  expect(places.take('a')).not.toBeNull()
  leave?.()
  leave?.()
  expect(places.take('a')).not.toBeNull()
  expect(places.take('a')).toBeNull()
})
