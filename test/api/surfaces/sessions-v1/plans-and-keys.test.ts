import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  startTestService,
  type Answer,
  type CallOptions,
  type TestService,
} from '../../../support/service.ts'

// Two processes over one database, on the free plan.

let one: TestService
let two: TestService

beforeAll(async () => {
  one = await startTestService({ env: { DEFAULT_PLAN: 'free' } })
  two = await startTestService({ env: { DEFAULT_PLAN: 'free', DATABASE_URL: one.databaseUrl } })
})
afterAll(async () => {
  await two.stop()
  await one.stop()
})

const v1 = (on: TestService, method: string, path: string, options: CallOptions): Promise<Answer> =>
  on.call(method, `/api/v1${path}`, options)
const alternately = (count: number, act: (on: TestService, index: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: count }, (_, index) => act(index % 2 === 0 ? one : two, index)))
const withStatus = (answers: Answer[], status: number) => answers.filter((answer) => answer.status === status)

test('the free plan has ten sessions, exactly, over two processes; one more is 400, and one that exists is answered', async () => {
  const key = await one.register()
  const answers = await alternately(14, (on, index) =>
    v1(on, 'POST', '/sessions', { key, body: { session_key: `phone-${index}` } }),
  )
  expect(withStatus(answers, 201)).toHaveLength(10)
  const refused = withStatus(answers, 400)
  expect(refused).toHaveLength(4)
  expect(refused[0]?.body.detail).toMatch(/^Maximum active session limit \(10\) reached/)
  const sessionKey = withStatus(answers, 201)[0]?.body.sessionKey
  expect(await v1(one, 'POST', '/sessions', { key, body: { session_key: sessionKey } })).toMatchObject({
    status: 201,
  })
  const { body } = await v1(one, 'GET', '/sessions', { key })
  await v1(one, 'DELETE', `/sessions/${body.sessions[0].id}`, { key })
  expect(await v1(two, 'POST', '/sessions', { key, body: { session_key: 'room again' } })).toMatchObject({
    status: 201,
  })
})

test('the free plan has a hundred messages a day, exactly, over two processes; one more is 429 with Retry-After, natively it counts nothing', async () => {
  const key = await one.connect()
  const answers = await alternately(110, (on, index) =>
    v1(on, 'POST', '/messages', { key, body: { to: '+237612345678', message: `No. ${index}` } }),
  )
  expect(withStatus(answers, 202)).toHaveLength(100)
  const refused = withStatus(answers, 429)
  expect(refused).toHaveLength(10)
  expect(refused[0]?.body).toEqual({ detail: expect.stringContaining('100 messages a day') })
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0)
  const native = await one.call('POST', '/send-message', { key, body: { to: '14155552671', message: 'Hi' } })
  expect(native.status).toBe(202)
})

test('a message that is refused takes nothing of the day', async () => {
  const key = await one.connect()
  await alternately(99, (on) =>
    v1(on, 'POST', '/messages', { key, body: { to: '+237612345678', message: 'Hi' } }),
  )
  await alternately(5, (on) =>
    v1(on, 'POST', '/messages', { key, body: { to: '+237612345678', message: 'Hi', sessionId: 'nobody' } }),
  )
  const answers = await alternately(2, (on) =>
    v1(on, 'POST', '/messages', { key, body: { to: '+237612345678', message: 'Hi' } }),
  )
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([202, 429])
})

test('keys are made like the one that asks, shown once, and ten at most over two processes', async () => {
  const key = await one.register()
  const made = await v1(one, 'POST', '/keys', {
    key,
    body: { name: 'Production', description: 'The shop', expires_in_days: 30 },
  })
  expect(made.status).toBe(201)
  const { apiKey, ...view } = made.body
  expect(apiKey).toMatch(/^sk_live_[0-9a-f]{48}$/)
  expect(view).toEqual({
    id: expect.any(String),
    name: 'Production',
    description: 'The shop',
    keyPrefix: `${apiKey.slice(0, 11)}****`,
    requestCount: 0,
    lastUsedAt: null,
    expiresAt: expect.any(String),
    createdAt: view.createdAt,
    updatedAt: view.createdAt,
  })
  expect(Date.parse(view.expiresAt) - Date.parse(view.createdAt)).toBeCloseTo(30 * 24 * 3_600_000, -4)
  expect((await v1(one, 'GET', `/keys/${view.id}`, { key })).body).toEqual(view)
  const answers = await alternately(12, (on, index) =>
    v1(on, 'POST', '/keys', { key, body: { name: `key ${index}` } }),
  )
  // The account's first one and the one above are two of the ten.
  expect(withStatus(answers, 201)).toHaveLength(8)
  expect(withStatus(answers, 400)[0]?.body.detail).toMatch(/^Maximum API key limit \(10\) reached/)
  expect((await v1(one, 'GET', '/keys', { key })).body.total).toBe(10)
})

test('a key tells how often it let in, in every process, and a revoked one lets in no more', async () => {
  const key = await one.register()
  const { body: made } = await v1(one, 'POST', '/keys', { key, body: { name: 'counted' } })
  for (let use = 0; use < 7; use += 1) await v1(one, 'GET', '/sessions', { key: made.apiKey })
  const usage = await v1(one, 'GET', `/keys/${made.id}/usage`, { key })
  expect(usage).toMatchObject({
    status: 200,
    body: { id: made.id, name: 'counted', requestCount: 7, lastUsedAt: expect.any(String) },
  })
  expect((await v1(two, 'GET', `/keys/${made.id}/usage`, { key })).body.requestCount).toBe(7)
  expect((await v1(one, 'DELETE', `/keys/${made.id}`, { key })).status).toBe(204)
  expect((await v1(two, 'GET', '/sessions', { key: made.apiKey })).status).toBe(401)
  for (const id of [made.id, 'nothing']) {
    expect(await v1(one, 'DELETE', `/keys/${id}`, { key })).toMatchObject({
      status: 404,
      body: { detail: 'API key not found or already revoked' },
    })
  }
})

test.each([
  {},
  { name: '' },
  { name: 'x'.repeat(101) },
  { name: 'a', expiresInDays: 366 },
  { name: 'a', expiresInDays: 0 },
])('a key is refused with 422: %j', async (body) => {
  const key = await one.register()
  expect(await v1(one, 'POST', '/keys', { key, body })).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['body', expect.any(String)] }] },
  })
})
