import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorCodes } from '../../../src/domain/app-error.ts'
import { connectSender } from '../../support/senders.ts'
import {
  startTestService,
  until,
  type Answer,
  type CallOptions,
  type TestService,
} from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

/** The reference's table of errors, row by row. */

let hermod: TestService
let sql: Sql
let key: string
beforeAll(async () => {
  hermod = await startTestService()
  sql = await connectSql(hermod.databaseUrl)
  key = await hermod.connect()
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

const body = { to: '14155552671', message: 'Hi' }
const send = (options: CallOptions = {}): Promise<Answer> =>
  hermod.call('POST', '/send-message', { key, body, ...options })

/** A refusal as the reference shows it; `paths` are the fields that its details name. */
function expectError(answer: Answer, status: number, paths?: string[]): void {
  expect(answer.status).toBe(status)
  expect(answer.body).toMatchObject({ success: false, error: expect.stringMatching(/\w/) })
  const details: { path: string; message: string }[] | undefined = answer.body.details
  expect(details?.map(({ path }) => path)).toEqual(paths)
  for (const { message } of details ?? []) expect(message).toMatch(/\w/)
}

describe('400', () => {
  test.each<[what: string, body: Record<string, unknown>, path: string]>([
    ['no recipient', { message: 'Hi' }, 'body.to'],
    ['no text and no template', { to: '14155552671' }, 'body.message'],
    ['a number in the wrong format', { ...body, to: '415-CALL-ME' }, 'body.to'],
    ['a number that is too short', { ...body, to: '12345' }, 'body.to'],
    ['a time to send that is past', { ...body, sendAt: '2020-01-01T09:00:00Z' }, 'body.sendAt'],
    ['a time to send that is none', { ...body, sendAt: 'tomorrow' }, 'body.sendAt'],
  ])('%s', async (_what, wrong, path) => {
    expectError(await send({ body: wrong }), 400, [path])
  })

  test('an account without its name or e-mail address', async () => {
    expectError(await hermod.call('POST', '/auth/register', { body: {} }), 400, ['body.name', 'body.email'])
  })
})

describe('401', () => {
  const secret = `sk_live_${'0'.repeat(48)}`
  test.each<[what: string, headers: Record<string, string>]>([
    ['no Authorization header', {}],
    ['a key without its scheme', { authorization: secret }],
    ['another scheme', { authorization: `Basic ${secret}` }],
    ['a scheme without a key', { authorization: 'Bearer' }],
    ['two keys', { authorization: `Bearer ${secret} ${secret}` }],
    ['what is no key', { authorization: 'Bearer hello' }],
    ['a key of the right form that is nobody’s', { authorization: `Bearer ${secret}` }],
  ])('%s', async (_what, headers) => {
    expectError(await hermod.call('POST', '/send-message', { body, headers }), 401)
    expectError(await hermod.call('GET', '/auth/me', { headers }), 401)
  })
})

test('403: an account that was deactivated', async () => {
  const other = await hermod.connect()
  expect((await send({ key: other })).status).toBe(202)
  const { id } = (await hermod.call('GET', '/auth/me', { key: other })).body.data
  await sql.query(`update accounts set state = 'deactivated' where id = $1`, [id])
  expectError(await send({ key: other }), 403)
  expectError(await hermod.call('GET', '/messages', { key: other }), 403)
})

describe('404', () => {
  const routes: [method: string, suffix: string][] = [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/retry'],
  ]
  test.each(routes)('%s /messages/:id%s of a message that does not exist', async (method, suffix) => {
    const route = `/messages/019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59${suffix}`
    expectError(await hermod.call(method, route, { key }), 404)
  })

  test.each(routes)('%s /messages/:id%s of another account’s message', async (method, suffix) => {
    const { id } = (await send()).body.data
    const other = await hermod.connect()
    expectError(await hermod.call(method, `/messages/${id}${suffix}`, { key: other }), 404)
  })
})

describe('409', () => {
  test('an idempotency key that is used again with another body', async () => {
    const headers = { 'idempotency-key': 'parcel-77' }
    expect((await send({ headers })).status).toBe(202)
    expectError(await send({ headers, body: { ...body, message: 'Another' } }), 409)
    expect((await send({ headers })).headers.get('idempotency-replayed')).toBe('true')
  })

  test('a retry of a message that has not failed', async () => {
    const { id } = (await send()).body.data
    expectError(await hermod.call('POST', `/messages/${id}/retry`, { key }), 409)
    await hermod.messageUntil(key, id, ({ status }) => status === 'read')
    expectError(await hermod.call('POST', `/messages/${id}/retry`, { key }), 409)
  })
})

test('429: more requests than the plan allows, with the seconds to wait', async () => {
  const free = await startTestService({ env: { DEFAULT_PLAN: 'free' } })
  try {
    const other = await free.register()
    const ask = () => free.call('GET', '/auth/me', { key: other })
    // Twenty a minute, so 41 go beyond it even when a minute begins in between.
    const answers = await Promise.all(Array.from({ length: 41 }, ask))
    const refused = answers.find(({ status }) => status === 429)
    if (refused === undefined) throw new Error('41 requests were all answered')
    expectError(refused, 429)
    const seconds = Number(refused.headers.get('retry-after'))
    expect(seconds).toBeGreaterThanOrEqual(1)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(refused.headers.get('x-ratelimit-limit')).toBe('20')
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
  } finally {
    await free.stop()
  }
})

const hasBreaker = Object.keys(errorCodes).includes('session_paused')

test.skipIf(!hasBreaker)('503: a WhatsApp API that keeps failing, with the seconds to wait', async () => {
  const sender = await connectSender(hermod)
  hermod.graph.control.rules.add({
    when: { phoneNumberId: sender.phoneNumberId },
    outcome: { kind: 'error', code: 131_016 },
  })
  const refused = await until(
    () => send({ key: sender.key, body: { ...body, to: sender.recipient() } }),
    ({ status }) => status !== 202,
    'a send that is refused',
  )
  expectError(refused, 503)
  expect(refused.body.code).toBe('session_paused')
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
})
