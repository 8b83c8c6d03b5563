import { expect, test } from 'vitest'
import { parseCallback } from '../../../src/wire/meta/callback.ts'
import {
  bytes,
  failedStatus,
  messagesCallback,
  messagesChange,
  sentStatus,
  templateUpdate,
  textMessage,
  wrap,
} from './callback-samples.ts'

const parse = (body: unknown) => parseCallback(bytes(body))
const kinds = (body: Buffer) => parseCallback(body).map((event) => event.kind)

test('a status carries the wamid, our id, the number it is about and Meta’s time', () => {
  expect(parseCallback(messagesCallback({ statuses: [sentStatus] }))).toEqual([
    {
      kind: 'status',
      externalId: 'wamid.1',
      correlationId: 'our-message-uuid',
      senderId: '106540352242922',
      status: 'sent',
      detail: null,
      at: '2025-06-15T23:27:53.000Z',
      error: null,
      recipient: { address: '16505551234', userId: null },
      words: { pricing: sentStatus.pricing, conversation: sentStatus.conversation },
      place: { businessId: 'WABA', phoneNumber: '15550783881' },
      raw: sentStatus,
    },
  ])
})

test.each([
  ['sent', 'sent', null],
  ['delivered', 'delivered', null],
  ['read', 'read', null],
  ['played', 'read', 'played'],
])('Meta’s %s is our %s', (status, ours, detail) => {
  const [event] = parseCallback(messagesCallback({ statuses: [{ ...sentStatus, status }] }))
  expect(event).toMatchObject({ kind: 'status', status: ours, detail, error: null })
})

test('a failure says why in our words and in Meta’s', () => {
  const [event] = parseCallback(messagesCallback({ statuses: [failedStatus] }))
  expect(event).toMatchObject({
    kind: 'status',
    status: 'failed',
    correlationId: null,
    error: {
      code: 'marketing_capped',
      detail: expect.stringContaining('In order to maintain a healthy ecosystem'),
      provider: failedStatus.errors[0],
    },
  })
})

test.each([
  ['without errors', undefined],
  ['with an empty list', []],
  ['with errors that cannot be read', 'boom'],
])('a failure %s is a failure all the same', (_name, errors) => {
  const [event] = parseCallback(messagesCallback({ statuses: [{ ...failedStatus, errors }] }))
  expect(event).toMatchObject({ status: 'failed', error: { code: 'provider_ambiguous' } })
})

test('a status without secondary fields is a status', () => {
  const status = { id: 'wamid.1', status: 'read', timestamp: 1750030073, biz_opaque_callback_data: { a: 1 } }
  const body = wrap({ changes: [{ field: 'messages', value: { statuses: [status] } }] })
  expect(parse(body)).toMatchObject([{ kind: 'status', status: 'read', correlationId: null, senderId: null }])
})

test('what comes twice is told twice, alike: telling them apart is for those who store', () => {
  const [first, second] = parseCallback(messagesCallback({ statuses: [sentStatus, sentStatus] }))
  expect(first).toEqual(second)
})

test.each([
  ['a status that Meta invents later', { statuses: [{ ...sentStatus, status: 'teleported' }] }],
  ['a status named like a property of objects', { statuses: [{ ...sentStatus, status: 'constructor' }] }],
  ['the status of a payment', { statuses: [{ ...failedStatus, type: 'payment' }] }],
  ['a status without an id', { statuses: [{ ...sentStatus, id: undefined }] }],
  ['a status with a time that is none', { statuses: [{ ...sentStatus, timestamp: 'today' }] }],
  ['a status that is no object', { statuses: [7] }],
  ['a message without a sender', { messages: [{ ...textMessage, from: undefined }] }],
  ['an error of the account', { errors: [{ code: 130429, title: 'Rate limit hit' }] }],
  ['a key that nobody knows', { novelty: { a: 1 } }],
  ['nothing', {}],
])('%s is news about the number', (_name, value) => {
  const [event, ...others] = parseCallback(messagesCallback(value))
  expect(others).toEqual([])
  expect(event).toMatchObject({ kind: 'notice', field: 'messages', senderId: '106540352242922' })
  expect(event).toHaveProperty('value', JSON.parse(JSON.stringify(value)))
})

test('a list that is none is handed on', () => {
  expect(parseCallback(messagesCallback({ statuses: 'x' }))).toMatchObject([
    { kind: 'notice', value: { statuses: ['x'] } },
  ])
})

test('a message without a type is known by its part', () => {
  const body = messagesCallback({ messages: [{ ...textMessage, type: undefined }] })
  expect(parseCallback(body)).toMatchObject([{ kind: 'inbound', type: 'text' }])
})

test('one bad item hides none of its neighbours', () => {
  const body = messagesCallback({
    statuses: [sentStatus, null, failedStatus],
    messages: [{}, textMessage],
    contacts: [null, { profile: 7 }],
  })
  expect(kinds(body)).toEqual(['status', 'notice', 'status', 'notice', 'inbound'])
})

test('every change of every entry is read', () => {
  const body = wrap(
    { id: 'WABA-1', changes: [messagesChange({ statuses: [sentStatus] }), templateUpdate] },
    null,
    { id: 'WABA-2', changes: [] },
    {
      id: 'WABA-3',
      changes: [{ field: 'account_update', value: {} }, 'x', messagesChange({ messages: [textMessage] })],
    },
  )
  expect(kinds(bytes(body))).toEqual([
    'status',
    'template',
    'unknown',
    'unknown',
    'notice',
    'unknown',
    'inbound',
  ])
})

test('a template update is told with the account it belongs to', () => {
  expect(parse(wrap({ id: 'WABA', changes: [templateUpdate] }))).toEqual([
    {
      kind: 'template',
      field: 'message_template_status_update',
      accountId: 'WABA',
      name: 'order_confirmation',
      language: 'en_US',
      event: 'REJECTED',
      reason: 'INVALID_FORMAT',
      category: 'UTILITY',
      description: null,
      recommendation: null,
      at: null,
      raw: templateUpdate.value,
    },
  ])
})

test('a template update happened when its entry says', () => {
  const told = { id: 'WABA', time: 1_750_030_073, changes: [templateUpdate] }
  expect(parse(wrap(told))).toMatchObject([{ kind: 'template', at: '2025-06-15T23:27:53.000Z' }])
})

test('the reason NONE is no reason', () => {
  const approved = {
    ...templateUpdate,
    value: { ...templateUpdate.value, event: 'APPROVED', reason: 'NONE' },
  }
  expect(parse(wrap({ id: 1234, changes: [approved] }))).toMatchObject([{ accountId: '1234', reason: null }])
})

test('a language is one, however it is written', () => {
  const { field, value } = templateUpdate
  const hyphen = { field, value: { ...value, message_template_language: 'en-US' } }
  expect(parse(wrap({ id: 'WABA', changes: [hyphen] }))).toMatchObject([{ language: 'en_US' }])
})

test('a template update without a name is news', () => {
  const nameless = { field: 'message_template_status_update', value: { event: 'APPROVED' } }
  expect(parse(wrap({ id: 'WABA', changes: [nameless] }))).toMatchObject([
    { kind: 'notice', businessId: 'WABA', value: nameless.value },
  ])
})

test.each(['holograms_update', 'constructor', '__proto__', ''])('the field %j is news', (field) => {
  const change = { field, value: { a: 1 } }
  expect(parse(wrap({ id: 'WABA', time: 1_750_030_073, changes: [change] }))).toEqual([
    {
      kind: 'notice',
      field,
      event: null,
      senderId: null,
      businessId: 'WABA',
      phoneNumber: null,
      health: null,
      template: null,
      value: { a: 1 },
      at: '2025-06-15T23:27:53.000Z',
    },
  ])
})

test.each(['', '{', 'null', '7', '[]', '{}', '{"entry":{}}', '{"entry":[]}'])(
  'the body %j is kept as unknown',
  (text) => {
    expect(kinds(Buffer.from(text))).toEqual(['unknown'])
  },
)
