import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, until, type TestService } from '../../../support/service.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ to: `1415555${2000 + index}`, message: `Hi ${index}` }))

test('a bulk request accepts what is right and tells what is wrong, item by item', async () => {
  const key = await hermod.connect()
  const answer = await hermod.call('POST', '/messages/bulk', {
    key,
    body: {
      messages: [{ to: '14155552671', message: 'Hi' }, { to: '14155552672' }, { to: '12', message: 'x' }],
    },
  })
  expect(answer.status).toBe(202)
  expect(answer.body.data).toMatchObject({ totalMessages: 3, queued: 1, failedCount: 2 })
  expect(answer.body.data.errors.map(({ index }: { index: number }) => index)).toEqual([1, 2])
  expect(answer.body.data.errors[0].details[0].path).toBe('body.message')
  expect(answer.body.data.errors[1].details[0].path).toBe('body.to')
})

test('five thousand items are sent once each, and the batch tells where they stand', async () => {
  const key = await hermod.connect()
  const sent = await hermod.call('POST', '/messages/bulk', { key, body: { messages: many(5_000) } })
  expect(sent.body.data).toMatchObject({ totalMessages: 5_000, queued: 5_000, failedCount: 0, errors: [] })
  const batchId: string = sent.body.data.batchId
  const batch = await until(
    async () => (await hermod.call('GET', `/batches/${batchId}`, { key })).body.data,
    ({ byStatus }) => byStatus.read === 5_000,
    'every message of the batch is read',
    80_000,
  )
  expect(batch).toMatchObject({ batchId, totalMessages: 5_000, failedCount: 0, byStatus: { read: 5_000 } })
  expect(hermod.graph.control.ledger.duplicates()).toEqual({})
  const listed = await hermod.call('GET', `/messages?batchId=${batchId}&limit=2`, { key })
  expect(listed.body.pagination.total).toBe(5_000)
})

test('more items than the plan allows are refused, and nothing is sent', async () => {
  const key = await hermod.connect()
  const answer = await hermod.call('POST', '/messages/bulk', { key, body: { messages: many(5_001) } })
  expect(answer.status).toBe(400)
  expect(answer.body.details[0]).toMatchObject({ path: 'body.messages' })
  expect((await hermod.call('GET', '/messages', { key })).body.pagination.total).toBe(0)
})

test('one idempotency key covers a whole bulk request, also when it comes many times at once', async () => {
  const key = await hermod.connect()
  const headers = { 'idempotency-key': 'campaign-7' }
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      hermod.call('POST', '/messages/bulk', { key, headers, body: { messages: many(20) } }),
    ),
  )
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
  expect(new Set(answers.map(({ body }) => body.data.batchId)).size).toBe(1)
  expect(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true').length).toBe(49)
  expect((await hermod.call('GET', '/messages', { key })).body.pagination.total).toBe(20)
  const other = await hermod.call('POST', '/messages/bulk', { key, headers, body: { messages: many(21) } })
  expect(other).toMatchObject({ status: 409, body: { code: 'idempotency_conflict' } })
})

test('a scheduled message can be canceled, once it is sent it cannot', async () => {
  const key = await hermod.connect()
  const sendAt = new Date(Date.now() + 3_600_000).toISOString()
  const scheduled = await hermod.call('POST', '/send-message', {
    key,
    body: { to: '14155552671', message: 'Later', sendAt },
  })
  expect(scheduled.body.data).toMatchObject({ status: 'scheduled', scheduledFor: sendAt })
  const { id } = scheduled.body.data
  const route = `/messages/${id}`
  const canceled = await hermod.call('DELETE', `/messages/${id.toUpperCase()}`, { key })
  expect(canceled).toMatchObject({ status: 200, body: { data: { id, status: 'canceled' } } })
  expect((await hermod.call('GET', route, { key })).body.data.status).toBe('canceled')

  const sent = await hermod.call('POST', '/send-message', {
    key,
    body: { to: '14155552671', message: 'Now' },
  })
  await hermod.messageUntil(key, sent.body.data.id, ({ status }) => status === 'read')
  const late = await hermod.call('DELETE', `/messages/${sent.body.data.id}`, { key })
  expect(late).toMatchObject({ status: 409, body: { code: 'message_not_cancelable' } })
})

test('a failed message can be retried, and only a failed one', async () => {
  const key = await hermod.connect()
  hermod.graph.control.rules.add({
    when: { to: '14155559876' },
    times: 1,
    outcome: { kind: 'error', code: 131026 },
  })
  const sent = await hermod.call('POST', '/send-message', { key, body: { to: '14155559876', message: 'Hi' } })
  const id: string = sent.body.data.id
  await hermod.messageUntil(key, id, ({ status }) => status === 'failed')
  // An id may be written in either case.
  const retried = await hermod.call('POST', `/messages/${id.toUpperCase()}/retry`, { key })
  expect(retried).toMatchObject({ status: 202, body: { data: { id, status: 'queued' } } })
  const message = await hermod.messageUntil(key, id, ({ status }) => status === 'read')
  expect(message.timeline.map(({ status }) => status)).toEqual([
    'queued',
    'processing',
    'failed',
    'queued',
    'processing',
    'sent',
    'delivered',
    'read',
  ])
  expect(message['errorMessage']).toBeNull()
  const again = await hermod.call('POST', `/messages/${id}/retry`, { key })
  expect(again).toMatchObject({ status: 409, body: { code: 'message_not_retryable' } })
})
