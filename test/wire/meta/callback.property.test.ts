import fc from 'fast-check'
import { expect, test } from 'vitest'
import { providerEvent } from '../../../src/domain/provider-event.ts'
import { parseCallback } from '../../../src/wire/meta/callback.ts'
import { bytes, wrap } from './callback-samples.ts'

/** Values that are often almost right, so that more than the first check is put to the test. */
const almost = fc.letrec((tie) => ({
  text: fc.oneof(
    fc.constantFrom('1750030073', 'wamid.1', 'sent', 'failed', 'text', 'reaction'),
    fc.string(),
    fc.jsonValue(),
  ),
  item: fc.oneof(
    fc.record(
      {
        id: tie('text'),
        status: tie('text'),
        timestamp: tie('text'),
        type: tie('text'),
        from: tie('text'),
        errors: fc.oneof(
          fc.array(fc.record({ code: fc.oneof(fc.integer(), fc.jsonValue()) })),
          fc.jsonValue(),
        ),
        text: fc.oneof(fc.record({ body: tie('text') }), fc.jsonValue()),
        context: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
    fc.jsonValue(),
  ),
  list: fc.oneof(fc.array(tie('item'), { maxLength: 4 }), fc.jsonValue()),
  value: fc.oneof(
    fc.record(
      {
        statuses: tie('list'),
        messages: tie('list'),
        contacts: tie('list'),
        errors: tie('list'),
        metadata: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
    fc.jsonValue(),
  ),
  change: fc.oneof(
    fc.record({
      field: fc.oneof(
        fc.constantFrom(
          'messages',
          'message_template_status_update',
          'smb_message_echoes',
          'user_preferences',
          'account_update',
        ),
        fc.string(),
      ),
      value: tie('value'),
    }),
    fc.jsonValue(),
  ),
})).change

test('whatever the changes are, none is dropped, none throws, and every event is well formed', () => {
  fc.assert(
    fc.property(fc.array(almost, { minLength: 1, maxLength: 4 }), (changes) => {
      const events = parseCallback(bytes(wrap({ id: 'WABA', changes })))
      expect(events.length).toBeGreaterThanOrEqual(changes.length)
      for (const event of events) providerEvent.parse(event)
    }),
    { numRuns: 500 },
  )
})

test('whatever the bytes are, they are told', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array().map(Buffer.from),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (body) => {
        expect(parseCallback(body).length).toBeGreaterThan(0)
      },
    ),
    { numRuns: 500 },
  )
})

test('a body nested without end is told as news', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
  const body = Buffer.from(`{"entry":[{"changes":[{"field":"messages","value":{"statuses":[${deep}]}}]}]}`)
  expect(parseCallback(body)).toMatchObject([{ kind: 'notice', field: 'messages' }])
})
