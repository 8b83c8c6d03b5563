import { describe, expect, it } from 'vitest'
import { parseCallback } from '../../../../src/wire/meta/callback.ts'
import { bytes, messagesCallback, wrap } from '../callback-samples.ts'
import { fieldSamples } from './callback-fields.ts'
import { inboundSamples } from './inbound.ts'
import { limits, templateDefinitionLimits } from './limits.ts'
import { accountId, defaultContacts } from './sample.ts'
import { readSamples, sendSamples } from './sends.ts'
import { sendAnswers, specialStatuses } from './statuses-special.ts'
import { failedStatuses, otherStatuses, personalStatuses } from './statuses.ts'

const statuses = [...personalStatuses, ...failedStatuses, ...otherStatuses, ...specialStatuses]

/** The value under a path of a limit, or undefined; a list under `[]` is followed into each item. */
function at(value: unknown, path: string): unknown[] {
  return path.split('.').reduce<unknown[]>(
    (found, key) => {
      const name = key.replace('[]', '')
      const inner = found
        .map((item) => (typeof item === 'object' && item !== null ? Reflect.get(item, name) : undefined))
        .filter((item) => item !== undefined)
      return key.endsWith('[]') ? inner.flat() : inner
    },
    [value],
  )
}

describe('the samples', () => {
  it.each([
    ['inbound', inboundSamples],
    ['statuses', statuses],
    ['fields', fieldSamples],
    ['sends', sendSamples],
    ['reads', readSamples],
    ['answers', sendAnswers],
  ])('%s have names of their own', (_kind, samples) => {
    const names = samples.map((sample) => sample.name)
    expect(names).toHaveLength(new Set(names).size)
  })

  it('inbound messages have ids of their own', () => {
    const ids = inboundSamples.map((sample) => sample.payload['id'])
    expect(ids).toHaveLength(new Set(ids).size)
  })

  it.each(inboundSamples)('the reader of callbacks takes: $name', ({ payload, contacts, beside }) => {
    const body = messagesCallback({ contacts: contacts ?? defaultContacts, messages: [payload], ...beside })
    expect(parseCallback(body)).toHaveLength(1)
  })

  it.each(statuses)('the reader of callbacks takes: $name', (sample) => {
    expect(parseCallback(messagesCallback({ statuses: [sample.payload] }))).toHaveLength(1)
  })

  it.each(fieldSamples)('the reader of callbacks takes: $name', ({ field, value }) => {
    const body = bytes(wrap({ id: accountId, time: 1_763_720_400, changes: [{ field, value }] }))
    expect(parseCallback(body).length).toBeGreaterThan(0)
  })

  it('sends keep to the limits', () => {
    for (const { name, body } of sendSamples) {
      const kinds = [body['type'], ...at(body, 'interactive.type')]
      for (const limit of limits.filter(({ of }) => of === 'any' || kinds.includes(of))) {
        for (const found of at(body, limit.path)) {
          const size = typeof found === 'string' || Array.isArray(found) ? found.length : 0
          expect(size, `${name}: ${limit.path}`).toBeLessThanOrEqual(limit.max)
        }
      }
    }
  })

  it('limits lead to something in a send, one by one', () => {
    const unused = limits.filter(
      ({ of, path }) =>
        !sendSamples.some(
          ({ body }) =>
            (of === 'any' || body['type'] === of || at(body, 'interactive.type').includes(of)) &&
            at(body, path).length > 0,
        ),
    )
    expect(unused.map(({ of, path }) => `${of} ${path}`)).toEqual([])
    expect(templateDefinitionLimits.buttonText).toBe(25)
  })
})
