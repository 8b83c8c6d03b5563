import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isStorable, storableJson, storableJsonText, storableText } from '../../src/kit/storable.ts'

/** Texts with NUL, halves of surrogate pairs, whole pairs, and backslashes before all of them. */
const texts = fc
  .array(fc.constantFrom('a', '\0', '\uD83D', '\uDE00', '\u{1F600}', '\\', 'u0000', '"'), { maxLength: 8 })
  .map((parts) => parts.join(''))

test('a text becomes storable, and one that is storable stays as it is', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const stored = storableText(text)
      expect(stored.includes('\0') || !stored.isWellFormed()).toBe(false)
      expect(isStorable(text)).toBe(stored === text)
      expect(stored).toHaveLength(text.length)
    }),
  )
})

test('JSON becomes storable in its values and its keys, at any depth', () => {
  const bad = 'x\0\uD83D'
  expect(JSON.parse(storableJson({ [bad]: [{ [bad]: bad }, 1, null] }))).toEqual({
    'x\uFFFD\uFFFD': [{ 'x\uFFFD\uFFFD': 'x\uFFFD\uFFFD' }, 1, null],
  })
})

test('JSON that is text already says the same as JSON made storable from its value', () => {
  fc.assert(
    fc.property(fc.dictionary(texts, fc.oneof(texts, fc.array(texts, { maxLength: 3 }))), (value) => {
      // Every character outside of ASCII is escaped, as some senders write JSON.
      const escaped = JSON.stringify(value).replaceAll(
        /[\u0080-\uFFFF]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
      expect(JSON.parse(storableJsonText(escaped))).toEqual(JSON.parse(storableJson(value)))
    }),
  )
})
