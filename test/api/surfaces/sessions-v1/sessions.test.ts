import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  startTestService,
  until,
  type Answer,
  type CallOptions,
  type TestService,
} from '../../../support/service.ts'

let hermod: TestService
let live: string
/** A test key of the same account. */
let play: string

beforeAll(async () => {
  hermod = await startTestService()
  live = await hermod.connect()
  play = await testKeyOf(live)
})
afterAll(() => hermod.stop())

async function testKeyOf(key: string): Promise<string> {
  const { body } = await hermod.call('POST', '/keys', { key, body: { name: 'play', mode: 'test' } })
  return body.data.apiKey
}

const v1 = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
  hermod.call(method, `/api/v1${path}`, options)

describe('a request is let in by its key:', () => {
  test.each([
    ['none', {}],
    ['one of another scheme', { headers: { authorization: 'Basic abc' } }],
    ['one without a key', { headers: { authorization: 'Bearer ' } }],
    ['one that is wrong', { key: `sk_live_${'0'.repeat(48)}` }],
    ['something else', { key: 'whatever' }],
  ])('%s is 401, says how, and has a detail', async (_what, options) => {
    const answer = await v1('GET', '/sessions', options)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(answer.body).toEqual({ detail: expect.any(String) })
  })
})

test('an unknown path is 404 with a detail, and a body that cannot be read is 422', async () => {
  expect(await v1('GET', '/nothing', { key: live })).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining('Not Found') },
  })
  expect(await v1('POST', '/sessions', { key: live, raw: '{' })).toMatchObject({
    status: 422,
    body: { detail: [{ loc: ['body'], type: 'json_invalid' }] },
  })
})

test.each([
  ['/api/v1/docs', '/docs'],
  ['/api/v1/redoc', '/docs'],
  ['/api/v1/openapi.json', '/openapi.json'],
])('%s leads to the documents of this installation', async (path, target) => {
  const answer = await hermod.call('GET', path)
  expect(answer.status).toBe(302)
  expect(answer.headers.get('location')).toBe(target)
})

describe('a session', () => {
  test('is created by its key with 201, and the same key again answers the same session', async () => {
    const answer = await v1('POST', '/sessions', { key: live, body: { session_key: 'my-session' } })
    expect(answer).toMatchObject({
      status: 201,
      body: {
        sessionKey: 'my-session',
        status: 'initializing',
        phoneNumber: null,
        connectedAt: null,
        lastActivityAt: null,
        streamUrl: `/v1/sessions/${answer.body.id}/stream`,
      },
    })
    const again = await v1('POST', '/sessions', { key: live, body: { sessionKey: 'my-session' } })
    expect(again).toMatchObject({ status: 201, body: answer.body })
  })

  test('that is asked for many times at once is one', async () => {
    const ask = () => v1('POST', '/sessions', { key: live, body: { session_key: 'at-once' } })
    const answers = await Promise.all(Array.from({ length: 8 }, ask))
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  })

  test.each(['default', 'sandbox', 'a/b c?d#e%2F', '  blanks  ', '👩‍👩‍👧‍👦', 'x'.repeat(200), '😀'.repeat(200)])(
    'can have any key: %s',
    async (name) => {
      const { status, body } = await v1('POST', '/sessions', { key: live, body: { session_key: name } })
      expect({ status, key: body.sessionKey }).toEqual({ status: 201, key: name })
      const byId = await v1('GET', `/sessions/${body.id}`, { key: live })
      expect(byId).toMatchObject({ status: 200, body: { id: body.id, sessionKey: name } })
      const byKey = await v1('GET', `/sessions/${encodeURIComponent(name)}`, { key: live })
      expect(byKey).toMatchObject({ status: 200, body: { id: body.id } })
    },
  )

  test.each([
    [{}, 'missing'],
    [{ session_key: '' }, 'value_error'],
    [{ session_key: 'x'.repeat(201) }, 'value_error'],
    [{ session_key: ['x'] }, 'value_error'],
  ])('is refused with 422 that names the field: %j', async (body, type) => {
    const answer = await v1('POST', '/sessions', { key: live, body })
    expect(answer.status).toBe(422)
    expect(answer.body).toEqual({
      detail: [{ loc: ['body', 'session_key'], msg: expect.any(String), type }],
    })
  })

  test('of every kind of sender is in the list; a Cloud number and a sandbox are connected at once', async () => {
    const key = await hermod.connect()
    await v1('POST', '/sessions', { key, body: { session_key: 'phone' } })
    const { body } = await v1('GET', '/sessions', { key })
    expect(body.total).toBe(3)
    expect(body.sessions.map((one: any) => [one.sessionKey, one.status])).toEqual([
      ['phone', 'initializing'],
      ['default', 'connected'],
      ['sandbox', 'connected'],
    ])
  })

  test('can be renamed; a name that another one has is 409, and fields of other clients are ignored', async () => {
    const { body: first } = await v1('POST', '/sessions', { key: live, body: { session_key: 'before' } })
    await v1('POST', '/sessions', { key: live, body: { session_key: 'taken' } })
    const path = `/sessions/${first.id}`
    expect(await v1('PATCH', path, { key: live, body: { session_key: 'after' } })).toMatchObject({
      status: 200,
      body: { id: first.id, sessionKey: 'after' },
    })
    expect(await v1('PATCH', path, { key: live, body: { name: 'ignored' } })).toMatchObject({
      status: 200,
      body: { sessionKey: 'after' },
    })
    expect(await v1('PATCH', path, { key: live, body: { session_key: 'taken' } })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('taken') },
    })
  })

  test('is removed with 204, and its key is free again', async () => {
    const { body } = await v1('POST', '/sessions', { key: live, body: { session_key: 'short-lived' } })
    const gone = await v1('DELETE', `/sessions/${body.id}`, { key: live })
    expect({ status: gone.status, body: gone.body }).toEqual({ status: 204, body: '' })
    expect(await v1('GET', `/sessions/${body.id}`, { key: live })).toMatchObject({
      status: 404,
      body: { detail: 'Session not found' },
    })
    const again = await v1('POST', '/sessions', { key: live, body: { session_key: 'short-lived' } })
    expect(again.status).toBe(201)
    expect(again.body.id).not.toBe(body.id)
  })

  test('that no key names is 404', async () => {
    for (const id of ['019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59', 'nobody']) {
      expect(await v1('GET', `/sessions/${id}`, { key: live })).toMatchObject({
        status: 404,
        body: { detail: 'Session not found' },
      })
    }
  })

  test('that is named in characters that cannot be stored is 422, and an unreadable path is 404', async () => {
    expect(await v1('GET', '/sessions/%00', { key: live })).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['path', 'id'], msg: expect.any(String), type: 'value_error' }] },
    })
    for (const path of [
      '/api/v1/sessions/%ff',
      '/v1/sessions/%ff/stream',
      '/api/v1/v1/sessions/%ff/stream',
    ]) {
      const answer = await hermod.call('GET', path, { key: live })
      expect({ status: answer.status, body: answer.body }).toEqual({
        status: 404,
        body: { detail: expect.any(String) },
      })
    }
  })

  test('without a connection cannot be disconnected, and a restart leaves it connected', async () => {
    const cloud = (await v1('GET', '/sessions', { key: live })).body.sessions.find(
      ({ status, sessionKey }: any) => status === 'connected' && sessionKey !== 'sandbox',
    )
    expect(await v1('POST', `/sessions/${cloud.id}/disconnect`, { key: live })).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('no linked device') },
    })
    expect(await v1('POST', `/sessions/${cloud.id}/restart`, { key: live })).toMatchObject({
      status: 200,
      body: { status: 'restart_initiated' },
    })
  })
})

describe('a test key', () => {
  test('makes sandboxes, which are connected at once and which live keys do not see', async () => {
    const made = await v1('POST', '/sessions', { key: play, body: { session_key: 'my-session' } })
    expect(made).toMatchObject({ status: 201, body: { sessionKey: 'my-session', status: 'connected' } })
    const seen = (await v1('GET', '/sessions', { key: play })).body.sessions
    expect(seen.map(({ sessionKey }: any) => sessionKey)).toEqual(['my-session', 'sandbox'])
    const ofLive = (await v1('GET', '/sessions', { key: live })).body.sessions
    expect(ofLive.map(({ id }: any) => id)).not.toContain(made.body.id)
    expect((await v1('GET', `/sessions/${made.body.id}`, { key: live })).status).toBe(404)
  })

  test('sends through its own sandbox and reaches nobody', async () => {
    const { body: own } = await v1('POST', '/sessions', { key: play, body: { session_key: 'mine' } })
    const body = { to: '+237612345678', message: 'Hello!', sessionId: own.id }
    const { body: message } = await v1('POST', '/messages', { key: play, body })
    const read = await until(
      () => v1('GET', `/messages/${message.id}`, { key: play }),
      (answer) => answer.body.status === 'read',
    )
    expect(read.body).toMatchObject({ toPhone: '+237612345678', type: 'text', errorMessage: null })
    const ofIt = await v1('GET', `/messages?sessionId=mine`, { key: play })
    expect(ofIt.body).toMatchObject({ total: 1, messages: [{ id: message.id }] })
    expect(hermod.graph.control.ledger.messages).toEqual([])
  })

  test('cannot reach the account’s own numbers, even by their ids', async () => {
    const [cloud] = (await v1('GET', '/sessions', { key: live })).body.sessions.filter(
      ({ sessionKey }: any) => sessionKey === 'default',
    )
    const body = { to: '+237612345678', message: 'Hello!', sessionId: cloud.id }
    expect(await v1('POST', '/messages', { key: play, body })).toMatchObject({ status: 404 })
  })
})

describe('settings of a session', () => {
  const settings = async (path: string, body?: unknown) =>
    v1(body === undefined ? 'GET' : 'PATCH', `/sessions/${path}/settings`, {
      key: live,
      ...(body !== undefined && { body }),
    })

  test('are what it does: previews, typing and pace change it', async () => {
    const { body: phone } = await v1('POST', '/sessions', { key: live, body: { session_key: 'settings' } })
    expect((await settings(phone.id)).body).toEqual({
      alwaysOnline: false,
      autoReadMessages: false,
      rejectCalls: false,
      typingIndicator: false,
      linkPreview: true,
      rateLimitPerMinute: 30,
    })
    const wanted = {
      typing_indicator: 'true',
      linkPreview: false,
      rateLimitPerMinute: 12,
      alwaysOnline: false,
    }
    expect((await settings(phone.id, wanted)).body).toMatchObject({
      typingIndicator: true,
      linkPreview: false,
      rateLimitPerMinute: 12,
    })
    const { body: native } = await hermod.call('GET', `/sessions/${phone.id}`, { key: live })
    expect(native.data).toMatchObject({ pace: { ratePerSecond: 0.2 }, settings: { typing: true } })
  })

  test.each([
    { alwaysOnline: true },
    { autoReadMessages: true },
    { rejectCalls: true },
    { rateLimitPerMinute: 0 },
    { rateLimitPerMinute: 50_000 },
    { linkPreview: 'maybe' },
  ])('that it cannot have are refused in words: %j', async (wanted) => {
    const { body: phone } = await v1('POST', '/sessions', { key: live, body: { session_key: 'settings' } })
    const [field = ''] = Object.keys(wanted)
    expect(await settings(phone.id, wanted)).toMatchObject({
      status: 422,
      body: { detail: [{ loc: ['body', field], msg: expect.any(String) }] },
    })
  })

  test('a sandbox does not type', async () => {
    const [sandbox] = (await v1('GET', '/sessions', { key: play })).body.sessions
    const refused = await v1('PATCH', `/sessions/${sandbox.id}/settings`, {
      key: play,
      body: { typingIndicator: true },
    })
    expect(refused).toMatchObject({ status: 422, body: { detail: [{ loc: ['body', 'typingIndicator'] }] } })
  })
})
