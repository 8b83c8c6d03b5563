import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectSql } from '../../../support/sql.ts'
import { startTestService, until, type TestService } from '../../../support/service.ts'
import { expectRefused, expectShape, mtdClient, newKey, prefix, type MtdClient } from './client.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService({
    configure: (config) => ({ ...config, http: { ...config.http, answerWithinMs: 2_000 } }),
  })
})
afterAll(() => hermod.stop())

const number = { phone_number: '0821234567', country: 'ZA' }
const text = (session_id: unknown, to = '0731234567', country = 'ZA') => ({
  session_id,
  to,
  country,
  message: 'Your OTP is 482910.',
})
const sandbox = async (): Promise<MtdClient> => mtdClient(hermod, await newKey(hermod, 'test'))
const paired = async (): Promise<MtdClient> => {
  const client = await sandbox()
  expect((await client.pair({ session_id: 's', ...number })).status).toBe(200)
  return client
}

test('under a test key the whole way can be tried without a phone, with the answers of the reference', async () => {
  const client = await sandbox()
  const session_id = 'my-business-account'
  expect((await client.status(session_id)).body).toEqual({
    success: true,
    message: expect.any(String),
    session_id,
    connected: false,
    status: 'not_connected',
  })
  const pairing = await client.pair({ session_id, ...number })
  expect(pairing).toMatchObject({ status: 200 })
  expect(pairing.body).toEqual({
    success: true,
    message: 'Pairing code issued. Enter it in WhatsApp → Linked Devices → Link with Phone Number.',
    pairing_code: expect.stringMatching(/^[A-Z1-9]{4}-[A-Z1-9]{4}$/),
    session_id,
    phone_number: '27821234567',
    credits_remaining: 1_000_000,
  })
  expect((await client.status(session_id)).body).toMatchObject({ connected: true, status: 'active' })
  const sent = await client.send(text(session_id))
  expect(sent).toMatchObject({ status: 200 })
  expect(sent.body).toEqual({
    success: true,
    message: 'Message sent successfully.',
    to: '27731234567',
    session_id,
    credits_remaining: 1_000_000,
  })
  expect((await client.connect({ session_id })).body).toMatchObject({
    success: true,
    session_id,
    connected: true,
    status: 'active',
  })
})

test('only the key is required, neither User-Agent nor Referer', async () => {
  const headers = { 'x-api-key': await newKey(hermod, 'test'), 'user-agent': '' }
  const post = (path: string, body: object) => hermod.call('POST', `/api/whatsapp${path}`, { headers, body })
  expect((await post('/pair', { session_id: 's', ...number })).status).toBe(200)
  expect((await post('/send', text('s'))).status).toBe(200)
  expect((await post('/connect', { session_id: 's' })).status).toBe(200)
  expect((await hermod.call('GET', '/api/whatsapp/status/s', { headers })).status).toBe(200)
})

describe('a session_id is any text:', () => {
  const names = [
    'default',
    'sandbox',
    'a/b/c',
    '/leading//and trailing/',
    'with blanks  inside',
    ' ',
    '🔐👨‍👩‍👧',
    'x'.repeat(200),
    '🔐'.repeat(200),
    '100% sure?#&+',
    '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59',
    'constructor',
  ]
  test.each(names)('%j', async (session_id) => {
    const client = await sandbox()
    expect((await client.pair({ session_id, ...number })).body).toMatchObject({ success: true, session_id })
    const encoded = encodeURIComponent(session_id)
    for (const path of [encoded, encoded.replaceAll('%2F', '/')]) {
      expect((await client.status(path)).body).toMatchObject({ session_id, connected: true })
    }
    expect((await client.send(text(session_id))).body).toMatchObject({ success: true, session_id })
  })

  test('a number stands for its digits', async () => {
    const client = await sandbox()
    expect((await client.pair({ session_id: 42, ...number })).body).toMatchObject({ session_id: '42' })
    expect((await client.status('42')).body).toMatchObject({ connected: true })
  })

  test.each([
    [undefined, /^session_id is required/],
    [null, /^session_id is required/],
    ['', /^session_id is required/],
    ['x'.repeat(201), /^session_id must have at most 200 characters/],
    ['a\0b', /session_id.* cannot be stored/],
    [['a'], /^session_id must be a text/],
  ])('but not %j', async (session_id, message) => {
    const client = await sandbox()
    for (const ask of [client.pair, client.send, client.connect]) {
      expectRefused(await ask({ ...text(session_id), ...number }), 400, message)
    }
  })

  test('unreadable in a path, it is refused', async () => {
    const client = await sandbox()
    expectRefused(await client.status(''), 400, /^session_id is required/)
    expectRefused(await client.status('a%00b'), 400, /cannot be stored/)
    expectRefused(await client.status('x'.repeat(201)), 400, /at most 200/)
    expectRefused(await client.status('100%'), 404, /cannot be read/)
    expectRefused(await client.status('x'.repeat(9_000)), 400, /at most 200/)
  })
})

describe('whatever goes wrong is JSON with success and message:', () => {
  const ask = async (
    method: string,
    path: string,
    options: { raw?: string; headers?: Record<string, string> } = {},
  ) =>
    expectShape(
      await hermod.call(method, path, {
        ...options,
        headers: { 'x-api-key': await newKey(hermod, 'test'), ...options.headers },
      }),
    )

  test.each([
    ['GET', prefix],
    ['GET', `${prefix}/`],
    ['GET', `${prefix}/nothing`],
    ['GET', `${prefix}/send`],
    ['POST', `${prefix}/countries`],
    ['DELETE', `${prefix}/status/s`],
    ['POST', `${prefix}/nothing/at/all`],
  ])('%s %s is not there', async (method, path) => {
    expectRefused(await ask(method, path), 404, /There is no/)
  })

  test.each([
    ['no JSON', '{"session_id":', {}, 400, /not valid JSON/],
    ['a list', '[]', {}, 400, /JSON body must be an object/],
    ['nothing', '', {}, 400, /JSON body/],
    ['a form', 'session_id=s', { 'content-type': 'application/x-www-form-urlencoded' }, 415, /as JSON/],
    ['a text', 'session_id=s', { 'content-type': 'text/plain' }, 415, /as JSON/],
    ['too much', JSON.stringify({ message: 'x'.repeat(2_000_000) }), {}, 413, /too large/],
  ])('a body that is %s', async (_what, raw, headers, status, message) => {
    expectRefused(await ask('POST', `${prefix}/send`, { raw, headers }), status, message)
  })

  test('several wrong fields are all named', async () => {
    const client = await sandbox()
    expectRefused(
      await client.send({}),
      400,
      /^session_id is required\. to is required\. country is required\. message is required\.$/,
    )
  })
})

test('fields that nobody reads are ignored, and a message may be a number', async () => {
  const client = await paired()
  const body = { ...text('s'), message: 482_910, priority: 'high', extra: { a: 1 } }
  expect((await client.send(body)).body).toMatchObject({ success: true })
})

test('a text is as long as the sender takes, and no longer', async () => {
  const client = await paired()
  expect((await client.send({ ...text('s'), message: 'x'.repeat(65_536) })).body).toMatchObject({
    success: true,
  })
  expectRefused(
    await client.send({ ...text('s'), message: 'x'.repeat(65_537) }),
    400,
    /^message must have at most 65536 characters/,
  )
  expectRefused(await client.send({ ...text('s'), message: '  ' }), 400, /^message must not be empty/)
})

describe('a send', () => {
  test('that the provider refuses says why', async () => {
    expectRefused(await (await paired()).send(text('s', '4155550103', 'US')), 400, /^Message not sent\. \S/)
  })

  test('that would have to wait for longer than the answer is canceled, and says when to try again', async () => {
    const key = await newKey(hermod, 'test')
    const client = mtdClient(hermod, key)
    await client.pair({ session_id: 's', ...number })
    const answer = await client.send(text('s', '4155550114', 'US'))
    expectRefused(
      answer,
      429,
      /^Message not sent, and not charged\. .+ again at \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/,
    )
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(10)
    const { body } = await hermod.call('GET', '/messages', { key })
    expect(body.data.map(({ status }: { status: string }) => status)).toEqual(['canceled'])
  })

  test('without a word in time goes on, and says so', async () => {
    const key = await newKey(hermod, 'test')
    const client = mtdClient(hermod, key)
    await client.pair({ session_id: 's', ...number })
    const answer = await client.send(text('s', '4155550117', 'US'))
    expect(answer).toMatchObject({
      status: 200,
      body: { success: true, message: expect.stringMatching(/goes on/), to: '14155550117' },
    })
    await until(
      async () => (await hermod.call('GET', '/messages', { key })).body.data[0],
      ({ status }) => status === 'read' || status === 'delivered',
    )
  })
})

describe('routes have limits of their own, by account,', () => {
  test.each([
    ['pair', 5, 300],
    ['send', 30, 60],
    ['connect', 10, 60],
    ['status', 20, 60],
  ] as const)('%s %i in %i seconds', async (route, max, seconds) => {
    // A plan of few requests a minute and few sessions adds nothing.
    const { key, testKey } = await freeAccount()
    const client = mtdClient(hermod, testKey)
    const ask = (n: number) =>
      route === 'status'
        ? client.status('s')
        : client[route]({ ...text('s'), ...number, session_id: `s${n}` })
    const answers = await Promise.all(Array.from({ length: max + 3 }, (_, n) => ask(n)))
    const refused = answers.filter(({ status }) => status === 429)
    // A window may have ended meanwhile.
    expect(refused.length).toBeLessThanOrEqual(3)
    const last = await until(
      () => ask(max),
      ({ status }) => status === 429,
    )
    expectRefused(last, 429, /^Too many requests\. Wait \d+ seconds\.$/)
    const wait = Number(last.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(seconds)
    // Of the account, whatever its key; and no other route's.
    const another = await hermod.call('POST', '/keys', { key, body: { name: 'other', mode: 'test' } })
    const other = mtdClient(hermod, another.body.data.apiKey)
    const same =
      route === 'status' ? await other.status('s') : await other[route]({ ...text('s'), ...number })
    expect(same.status).toBe(429)
    expect(
      (await (route === 'status' ? other.connect({ session_id: 'x' }) : other.status('s'))).status,
    ).not.toBe(429)
  })

  async function freeAccount(): Promise<{ key: string; testKey: string }> {
    const key = await hermod.register()
    const { data } = (await hermod.call('POST', '/keys', { key, body: { name: 'test', mode: 'test' } })).body
    const sql = await connectSql(hermod.databaseUrl)
    await sql.query(
      `update accounts set plan = 'free' where id = (select account_id from api_keys where id = $1)`,
      [data.id],
    )
    await sql.end()
    return { key, testKey: data.apiKey }
  }
})
