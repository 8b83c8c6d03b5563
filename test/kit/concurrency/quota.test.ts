import { expect, test } from 'vitest'
import { createQuota } from '../../../src/kit/concurrency/quota.ts'

test('there are so many places in all, and so many for one', () => {
  const places = createQuota({ max: 3, perOwner: 2 })
  const leave = [places.acquire('a'), places.acquire('a')]
  expect(places.acquire('a')).toBeNull()
  expect(places.acquire('b')).not.toBeNull()
  expect(places.acquire('c')).toBeNull()
  leave[0]?.()
  expect(places.acquire('c')).not.toBeNull()
})

test('a place that is given back twice is one place', () => {
  const places = createQuota({ max: 2, perOwner: 2 })
  const leave = places.acquire('a')
  expect(places.acquire('a')).not.toBeNull()
  leave?.()
  leave?.()
  expect(places.acquire('a')).not.toBeNull()
  expect(places.acquire('a')).toBeNull()
})
