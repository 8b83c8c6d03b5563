import { expect, test } from 'vitest'
import { creditsToTakeBack, parsePack, priceText } from '../../../src/domain/billing/credit-pack.ts'

test.each([
  ['500:99.00:ZAR', 500, 9_900, 'ZAR 99.00'],
  [' 500:99.5:zar ', 500, 9_950, 'ZAR 99.50'],
  ['500:99:ZAR', 500, 9_900, 'ZAR 99.00'],
  ['10:1200:JPY', 10, 1_200, 'JPY 1200'],
  ['10:1.5:KWD', 10, 1_500, 'KWD 1.500'],
])('%s is a pack, its price in the smallest unit of its currency', (text, credits, amount, price) => {
  const pack = parsePack(text)
  expect(pack).toMatchObject({ credits, amount })
  expect(pack && priceText(pack)).toBe(price)
})

test.each([
  '',
  '500',
  '500:99',
  '0:99:ZAR',
  '500:0:ZAR',
  '500:-1:ZAR',
  '10:1.5:JPY',
  '10:1.999:ZAR',
  'x:1:ZAR',
  '5:1:ZARR',
])('%j is none', (text) => {
  expect(parsePack(text)).toBeNull()
})

test('the share of a refund is rounded up, and a dispute takes all', () => {
  const payment = { amount: 9_900, isDisputed: false }
  expect(creditsToTakeBack(500, { ...payment, refunded: 0 })).toBe(0)
  expect(creditsToTakeBack(500, { ...payment, refunded: 1 })).toBe(1)
  expect(creditsToTakeBack(500, { ...payment, refunded: 4_950 })).toBe(250)
  expect(creditsToTakeBack(500, { ...payment, refunded: 9_900 })).toBe(500)
  expect(creditsToTakeBack(500, { ...payment, refunded: 0, isDisputed: true })).toBe(500)
})
