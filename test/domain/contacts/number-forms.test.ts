import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formsOf } from '../../../src/domain/contacts/number-forms.ts'

test.each([
  ['Brazil', '5511987654321', '551187654321'],
  ['Mexico', '525512345678', '5215512345678'],
  ['Argentina', '541123456789', '5491123456789'],
  ['Benin', '2290197123456', '22997123456'],
  ['Côte d’Ivoire, Orange', '2250707123456', '22507123456'],
  ['Côte d’Ivoire, MTN', '2250545123456', '22545123456'],
  ['Côte d’Ivoire, Moov', '2250141123456', '22541123456'],
])('%s: %s and %s are forms of one number', (_country, one, other) => {
  expect(formsOf(one)).toEqual([other])
  expect(formsOf(other)).toEqual([one])
})

test.each([
  ['a landline of Brazil', '551134567890'],
  ['a Brazilian mobile number of a block that had no old form', '5511912345678'],
  ['an Ivorian number whose operator’s digits do not fit', '2250107123456'],
  ['an Ivorian landline', '2252720123456'],
  ['a number of the United States', '14155552671'],
  ['a user id', 'US.13491208655302741918'],
  ['nothing', ''],
])('%s has no other form: %s', (_what, number) => {
  expect(formsOf(number)).toEqual([])
})

test('of two forms each is the other’s, and nobody else’s', () => {
  const country = fc.constantFrom('55', '52', '521', '54', '549', '229', '22901', '225', '22507', '1', '49')
  const rest = fc.stringMatching(/^\d{6,11}$/)
  fc.assert(
    fc.property(country, rest, (code, digits) => {
      const number = code + digits
      for (const form of formsOf(number)) expect(formsOf(form)).toEqual([number])
    }),
    { numRuns: 2_000 },
  )
})
