import fc from 'fast-check'
import { getCountries, getExampleNumber } from 'libphonenumber-js'
import examples from 'libphonenumber-js/examples.mobile.json' with { type: 'json' }
import { describe, expect, test } from 'vitest'
import { parseAddress } from '../../../src/domain/messages/address.ts'

const msisdn = (value: string) => ({ kind: 'msisdn', value })

/** Ids that Meta has given, although no numbering plan has them any more. */
const keptByMeta: [country: string, id: string][] = [
  ['Mexico, with the 1 that is dialled no more', '5215512345678'],
  ['Brazil, without the ninth digit', '551187654321'],
  ['Brazil, with it', '5511987654321'],
  ['Argentina, with the 9 of mobiles', '5491123456789'],
  ['Argentina, as a list of test numbers wants it', '541112345678'],
  ['Argentina, as the same with 15', '54111512345678'],
  ['Benin, before 2024', '22997123456'],
  ['Benin, since', '2290197123456'],
  ['Côte d’Ivoire, eight digits', '22507123456'],
  ['Côte d’Ivoire, ten digits', '2250707123456'],
  ['Italy, whose numbers keep their 0', '390612345678'],
  ['Gabon, whose numbers kept their 0', '24107442039'],
  ['an island of four digits', '6834000'],
  ['a country code of nobody', '99912345678'],
  ['fifteen digits', '999123456789012'],
]

test.each(keptByMeta)('an id of Meta’s is taken as it is: %s', (_country, id) => {
  expect(parseAddress(id)).toEqual(msisdn(id))
  expect(parseAddress(`+${id}`)).toEqual(msisdn(id))
})

test('whatever digits can be an id are taken, and read again as the same', () => {
  const ids = fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.stringMatching(/^\d{5,14}$/))
    .map(([first, rest]) => `${first}${rest}`)
  fc.assert(
    fc.property(ids, (id) => {
      const address = parseAddress(id)
      expect(address?.kind).toBe('msisdn')
      expect(parseAddress(address?.value ?? '')).toEqual(address)
      // Nothing but the 0 that stands before a national number is ever left out.
      if (!/^\d{1,3}0/.test(id)) expect(address?.value).toBe(id)
    }),
    { numRuns: 2_000 },
  )
})

test.each(getCountries())('a number of %s is the same however it is written', (country) => {
  const number = getExampleNumber(country, examples)
  if (number === undefined) throw new Error(`no example for ${country}`)
  const expected = msisdn(number.number.slice(1))
  const international = number.formatInternational()
  const written = [
    number.number,
    number.number.slice(1),
    international,
    international.slice(1),
    international.replaceAll(' ', '-'),
    `00${number.number.slice(1)}`,
    ` ${international.replaceAll(' ', '.')} `,
  ]
  expect(written.map(parseAddress)).toEqual(written.map(() => expected))
})

test.each([
  ['+44 (0)7911 123456', '447911123456'],
  ['+49 (0) 151 23456789', '4915123456789'],
  ['4407911123456', '447911123456'],
])('the 0 of a national number is left out of %s', (typed, value) => {
  expect(parseAddress(typed)).toEqual(msisdn(value))
})

test.each(['US.13491208655302741918', 'DE.ENT.31815799212886844899'])('%s is a user id', (id) => {
  expect(parseAddress(id)).toEqual({ kind: 'bsuid', value: id })
})

describe('refused, because it cannot be an id:', () => {
  test.each([
    ['nothing', ''],
    ['words', 'my friend'],
    ['five digits', '12345'],
    ['sixteen digits', '1234567890123456'],
    ['a national number', '0151 23456789'],
    ['zeros', '00000000'],
    ['a plus and zeros', '+0049151234567'],
    ['letters among digits', '1415555267l'],
    ['an extension', '+1 415 555 2671 ext. 5'],
    ['two numbers', '14155552671,14155552672'],
    ['digits of another script', '١٤١٥٥٥٥٢٦٧١'],
    ['an address of mail', '14155552671@s.whatsapp.net'],
    ['a user id without a country', '13491208655302741918x'],
  ])('%s', (_what, typed) => {
    expect(parseAddress(typed)).toBeNull()
  })
})
