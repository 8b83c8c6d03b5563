import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { startTestService, until, type Answer, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'

let hermod: TestService
let sql: Sql
beforeAll(async () => {
  hermod = await startTestService({ env: { DEFAULT_PLAN: 'enterprise', CLOUD_RATE_PER_SECOND: '80' } })
  sql = await connectSql(hermod.databaseUrl)
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

const to = '14155552671'
let numbers = 0

/** A number at the fake Graph that nobody else uses, with the token that may use it. */
function newNumber(): { accessToken: string; phoneNumberId: string } {
  numbers += 1
  const phoneNumberId = `77${process.pid}${numbers}`
  const accessToken = `EAAnumber${phoneNumberId}`
  hermod.graph.control.addPhone({ id: phoneNumberId, tokens: [accessToken] })
  return { accessToken, phoneNumberId }
}

const call = (key: string, method: string, route: string, body?: unknown): Promise<Answer> =>
  hermod.call(method, route, { key, ...(body !== undefined && { body }) })
const create = (key: string, body: object): Promise<Answer> => call(key, 'POST', '/sessions', body)
const cloud = (name: string, credentials: object = newNumber()) => ({
  provider: 'whatsapp-cloud',
  name,
  credentials,
})
async function created(key: string, body: object): Promise<any> {
  const answer = await create(key, body)
  expect(answer).toMatchObject({ status: 201 })
  return answer.body.data
}
const read = async (key: string, id: string): Promise<any> =>
  (await call(key, 'GET', `/sessions/${id}`)).body.data
const listed = async (key: string): Promise<any[]> => (await call(key, 'GET', '/sessions')).body.data
const named = async (key: string, name: string): Promise<any> =>
  (await listed(key)).find((session) => session.name === name)
/** Sends, and resolves with the phone number id that Meta was asked with. */
async function sentFrom(key: string, fields: object = {}): Promise<string | undefined> {
  const answer = await call(key, 'POST', '/send-message', { to, message: 'Hi', ...fields })
  expect(answer).toMatchObject({ status: 202 })
  const { id } = answer.body.data
  await hermod.messageUntil(key, id, ({ status }) => status === 'read')
  return hermod.graph.control.ledger.byCorrelation(id)[0]?.phoneNumberId
}

describe('a new account', () => {
  test('has a sandbox and no more', async () => {
    const key = await hermod.register()
    const answer = await call(key, 'GET', '/sessions')
    expect(answer).toMatchObject({
      status: 200,
      body: { data: [{ provider: 'sandbox', name: 'sandbox', default: false, state: 'active' }] },
    })
    expect(answer.body.pagination).toEqual({ page: 1, limit: 20, total: 1, nextCursor: null })
  })
})

describe('a Cloud session', () => {
  test('is created and read with its health and no secret, and the first one is the default', async () => {
    const key = await hermod.register()
    const { accessToken, phoneNumberId } = newNumber()
    const secrets = { accessToken, appSecret: 'secret-of-the-app', verifyToken: 'word-of-the-app' }
    const session = await created(key, {
      ...cloud('support', { phoneNumberId, businessAccountId: '4711', ...secrets }),
      ratePerSecond: 20,
      onUnknown: 'fail',
    })
    expect(session).toEqual({
      provider: 'whatsapp-cloud',
      id: expect.any(String),
      name: 'support',
      default: true,
      state: 'active',
      stopped: null,
      verifiedName: null,
      displayPhoneNumber: null,
      qualityRating: null,
      verifiedAt: null,
      pace: { ratePerSecond: 20 },
      onUnknown: 'fail',
      breaker: { state: 'closed', until: null, trips: 0, code: null, detail: null },
      health: null,
      lastError: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      phoneNumberId,
      businessAccountId: '4711',
      callbackUrl: `${hermod.url}/webhooks/whatsapp/${session.id}`,
    })
    expect(await read(key, session.id)).toEqual(session)
    expect((await listed(key))[0]).toEqual(session)
    const told = JSON.stringify(await listed(key))
    for (const secret of Object.values(secrets)) expect(told).not.toContain(secret)
    const [row] = await sql.query<{ row: string }>('select s::text as row from sessions s where id = $1', [
      session.id,
    ])
    for (const secret of Object.values(secrets)) expect(row?.row).not.toContain(secret)
    expect((await call(key, 'GET', '/auth/me')).body.data.byocConfigured).toBe(true)
  })

  test('is chosen by id or name, and without either it is the default', async () => {
    const key = await hermod.register()
    const [one, two] = [newNumber(), newNumber()]
    await created(key, cloud('one', one))
    const { id } = await created(key, cloud('two', two))
    expect(await sentFrom(key)).toBe(one.phoneNumberId)
    expect(await sentFrom(key, { session: 'two' })).toBe(two.phoneNumberId)
    expect(await sentFrom(key, { session: id })).toBe(two.phoneNumberId)
    expect(await call(key, 'PATCH', `/sessions/${id}`, { default: true })).toMatchObject({
      status: 200,
      body: { data: { default: true } },
    })
    expect(await named(key, 'one')).toMatchObject({ default: false })
    await until(
      () => sentFrom(key),
      (from) => from === two.phoneNumberId,
      'the new default',
    )
  })

  test('is verified, with what Meta says of the number', async () => {
    const key = await hermod.register()
    const good = await created(key, cloud('good'))
    const bad = await created(key, cloud('bad', { accessToken: 'EAAwrong', phoneNumberId: '123' }))
    expect(await call(key, 'POST', `/sessions/${good.id}/verify`)).toMatchObject({
      status: 200,
      body: { data: { verified: true, verifiedName: expect.any(String), qualityRating: 'GREEN' } },
    })
    expect(await read(key, good.id)).toMatchObject({
      verifiedName: expect.any(String),
      qualityRating: 'GREEN',
      verifiedAt: expect.any(String),
    })
    const refused = await call(key, 'POST', `/sessions/${bad.id}/verify`)
    expectRefusal(refused, { status: 422, code: 'credentials_rejected' })
    expect(await read(key, bad.id)).toMatchObject({ verifiedAt: null })
  })

  test('that is stopped says why and which call lets it go again; a new token does', async () => {
    const key = await hermod.register()
    const number = newNumber()
    await created(key, cloud('main'))
    const { id } = await created(key, cloud('second', number))
    hermod.graph.control.expireToken(number.accessToken)
    const body = { to, message: 'Hi', session: 'second' }
    const { body: failing } = await call(key, 'POST', '/send-message', body)
    await hermod.messageUntil(key, failing.data.id, ({ status }) => status === 'failed')
    const stopped = await until(
      () => call(key, 'POST', '/send-message', body),
      ({ status }) => status === 409,
      'a refused send',
    )
    expectRefusal(stopped, { status: 409, code: 'session_stopped' })
    expect(stopped.body.error).toContain(`POST /sessions/${id}/verify`)
    expect(await read(key, id)).toMatchObject({
      state: 'stopped',
      stopped: { code: 'auth_failed', detail: expect.any(String) },
      lastError: { code: 'auth_failed', at: expect.any(String) },
      breaker: { state: 'closed' },
    })
    const renewed = `${number.accessToken}new`
    hermod.graph.control.addPhone({ id: number.phoneNumberId, tokens: [renewed] })
    const patched = await call(key, 'PATCH', `/sessions/${id}`, { credentials: { accessToken: renewed } })
    expect(patched).toMatchObject({
      status: 200,
      body: { data: { state: 'active', stopped: null, phoneNumberId: number.phoneNumberId } },
    })
    expect(await sentFrom(key, { session: 'second' })).toBe(number.phoneNumberId)
  })

  test('keeps what was proven of its number with a new token, and nothing with another number', async () => {
    const key = await hermod.register()
    const number = newNumber()
    const { id } = await created(key, cloud('main', number))
    await call(key, 'POST', `/sessions/${id}/verify`)
    const { accessToken } = number
    await call(key, 'PATCH', `/sessions/${id}`, { credentials: { accessToken } })
    expect(await read(key, id)).toMatchObject({ verifiedAt: expect.any(String) })
    await call(key, 'PATCH', `/sessions/${id}`, { credentials: newNumber() })
    expect(await read(key, id)).toMatchObject({ verifiedAt: null, verifiedName: null })
  })

  test('that is paused tries at once with new credentials, by either route, and not with a new name', async () => {
    const key = await hermod.register()
    const { accessToken, phoneNumberId } = newNumber()
    const credentials = { whatsappAccessToken: accessToken, whatsappPhoneNumberId: phoneNumberId }
    await call(key, 'PUT', '/auth/me/credentials', credentials)
    const { id } = await named(key, 'default')
    const send = () => call(key, 'POST', '/send-message', { to, message: 'Hi' })
    const pause = async (): Promise<void> => {
      await sql.query(
        `update sessions set breaker_until = now() + interval '5 minutes', breaker_trips = 7,
                breaker_code = 'provider_unavailable', breaker_probe = gen_random_uuid(),
                breaker_probe_until = now() + interval '1 minute' where id = $1`,
        [id],
      )
      await until(send, ({ status }) => status === 503, 'a paused sender')
    }
    await pause()
    expect(await call(key, 'PATCH', `/sessions/${id}`, { onUnknown: 'fail' })).toMatchObject({
      body: { data: { state: 'paused', breaker: { state: 'open', trips: 7 } } },
    })
    expect(await call(key, 'PATCH', `/sessions/${id}`, { credentials: { accessToken } })).toMatchObject({
      body: { data: { state: 'active', breaker: { state: 'half_open', trips: 0 } } },
    })
    expect(await sentFrom(key)).toBe(phoneNumberId)
    await until(
      () => read(key, id),
      ({ breaker }) => breaker.state === 'closed',
      'a closed breaker',
    )

    await pause()
    await call(key, 'PUT', '/auth/me/credentials', credentials)
    expect(await sentFrom(key)).toBe(phoneNumberId)
    await until(
      () => read(key, id),
      ({ breaker }) => breaker.state === 'closed',
      'a closed breaker',
    )
  })

  test('is found whichever case its id is written in', async () => {
    const key = await hermod.register()
    const number = newNumber()
    const { id } = await created(key, cloud('main', number))
    const written = id.toUpperCase()
    expect(await call(key, 'PATCH', `/sessions/${written}`, { ratePerSecond: 20 })).toMatchObject({
      status: 200,
      body: { data: { id, pace: { ratePerSecond: 20 } } },
    })
    expect(await sentFrom(key, { session: written })).toBe(number.phoneNumberId)
    expect(await call(key, 'DELETE', `/sessions/${written}`)).toMatchObject({ body: { data: { id } } })
  })

  test('is not changed by a request that names nothing to change', async () => {
    const key = await hermod.register()
    const { id } = await created(key, cloud('main'))
    const sandbox = await named(key, 'sandbox')
    const patch = (sessionId: string, body: object) => call(key, 'PATCH', `/sessions/${sessionId}`, body)
    const empty = await patch(id, {})
    expectInvalid(empty, 'body')
    expect(empty.body.details[0].message).toMatch(/name, default, ratePerSecond, onUnknown, credentials/)
    expectInvalid(await patch(id, { credentials: {} }), 'body.credentials')
    expectInvalid(await patch(sandbox.id, { settings: {} }), 'body.settings')
    expect((await read(key, id)).updatedAt).toBe((await read(key, id)).createdAt)
  })

  test('is renamed, and sends and verifies as before, also when it was encrypted under its name', async () => {
    const key = await hermod.register()
    const number = newNumber()
    const { id } = await created(key, cloud('old-name', number))
    const [account] = await sql.query<{ id: string }>('select account_id as id from sessions where id = $1', [
      id,
    ])
    const ofOld = hermod.service.ctx.encrypter.encrypt(
      JSON.stringify(number),
      `session:${account?.id}:old-name`,
    )
    await sql.query('update sessions set credentials = $2 where id = $1', [id, ofOld])
    expect((await call(key, 'POST', `/sessions/${id}/verify`)).status).toBe(200)
    expect((await call(key, 'PATCH', `/sessions/${id}`, { name: 'new-name' })).status).toBe(200)
    expect((await call(key, 'POST', `/sessions/${id}/verify`)).status).toBe(200)
    await until(
      () => call(key, 'POST', '/send-message', { to, message: 'Hi', session: 'old-name' }),
      ({ status }) => status === 404,
      'the old name to be gone',
    )
    expect(await sentFrom(key, { session: 'new-name' })).toBe(number.phoneNumberId)
  })

  test('is removed: what is queued fails with a reason, receipts still come, and the name is free', async () => {
    const key = await hermod.register()
    const number = newNumber()
    const { id } = await created(key, cloud('brief', number))
    hermod.graph.control.rules.add({
      when: { phoneNumberId: number.phoneNumberId },
      times: 1,
      callbacks: { hold: true },
    })
    const { body: sent } = await call(key, 'POST', '/send-message', { to, message: 'Hi' })
    await hermod.messageUntil(key, sent.data.id, ({ status }) => status === 'sent')
    const sendAt = new Date(Date.now() + 1_500).toISOString()
    const { body: scheduled } = await call(key, 'POST', '/send-message', { to, message: 'Hi', sendAt })

    const removed = await call(key, 'DELETE', `/sessions/${id}`)
    expect(removed.body).toEqual({ success: true, data: { id, removed: true } })
    expectRefusal(await call(key, 'GET', `/sessions/${id}`), { status: 404, code: 'session_not_found' })
    expectRefusal(await call(key, 'DELETE', `/sessions/${id}`), { status: 404, code: 'session_not_found' })
    expect(await named(key, 'brief')).toBeUndefined()
    const [row] = await sql.query('select credentials from sessions where id = $1', [id])
    expect(row).toEqual({ credentials: '' })

    const failed = await hermod.messageUntil(key, scheduled.data.id, ({ status }) => status === 'failed')
    expect(failed).toMatchObject({ errorCode: 'session_not_found' })
    hermod.graph.control.releaseCallbacks()
    await hermod.messageUntil(key, sent.data.id, ({ status }) => status === 'read')

    const again = await created(key, cloud('brief', number))
    expect(again.id).not.toBe(id)
    expect(again.default).toBe(true)
    expect(await sentFrom(key)).toBe(number.phoneNumberId)
  })
})

describe('the shorthand /auth/me/credentials', () => {
  const save = (key: string, { accessToken, phoneNumberId } = newNumber()) =>
    call(key, 'PUT', '/auth/me/credentials', {
      whatsappAccessToken: accessToken,
      whatsappPhoneNumberId: phoneNumberId,
    })

  test('is about the session named default', async () => {
    const key = await hermod.register()
    const saved = await save(key)
    expect(await named(key, 'default')).toMatchObject({
      id: saved.body.data.sessionId,
      default: true,
      callbackUrl: saved.body.data.callbackUrl,
    })
    await created(key, cloud('other'))
    expect((await call(key, 'DELETE', '/auth/me/credentials')).body.data).toEqual({ byocConfigured: false })
    expect(await named(key, 'default')).toBeUndefined()
    expect((await call(key, 'GET', '/auth/me')).body.data.byocConfigured).toBe(true)
    const body = { to, message: 'Hi' }
    const refused = await until(
      () => call(key, 'POST', '/send-message', body),
      ({ status }) => status !== 202,
    )
    expectRefusal(refused, { status: 409, code: 'credentials_missing' })
    expect(refused.body.error).toContain('"other"')
  })

  test('takes the default when it connects, and leaves it where it was put later', async () => {
    const key = await hermod.register()
    const { id } = await created(key, cloud('first'))
    await save(key)
    expect(await named(key, 'default')).toMatchObject({ default: true })
    await call(key, 'PATCH', `/sessions/${id}`, { default: true })
    await save(key)
    expect(await named(key, 'default')).toMatchObject({ default: false })
    expect((await listed(key)).filter((session) => session.default)).toHaveLength(1)
  })

  test('refuses the number of another session of the account', async () => {
    const key = await hermod.register()
    const number = newNumber()
    await created(key, cloud('first', number))
    expectRefusal(await save(key, number), { status: 409, code: 'session_exists' })
  })
})

describe('a sandbox session', () => {
  test('plays what it is told, and goes back to its defaults', async () => {
    const key = await hermod.register()
    const { id } = await created(key, {
      provider: 'sandbox',
      name: 'quick',
      settings: { latencyMs: 0, deliveredAfterMs: 5, readAfterMs: 10, scenario: 'invalid_recipient' },
    })
    const body = { to, message: 'Hi', session: 'quick' }
    const { body: refused } = await call(key, 'POST', '/send-message', body)
    await hermod.messageUntil(key, refused.data.id, ({ status }) => status === 'failed')
    const patched = await call(key, 'PATCH', `/sessions/${id}`, { settings: { scenario: null } })
    expect(patched.body.data.settings).toEqual({ latencyMs: 0, deliveredAfterMs: 5, readAfterMs: 10 })
    await until(
      async () => {
        const { body: sent } = await call(key, 'POST', '/send-message', body)
        return hermod.messageUntil(key, sent.data.id, ({ status }) => ['read', 'failed'].includes(status))
      },
      ({ status }) => status === 'read',
      'a message that goes well',
    )
    expect(await call(key, 'POST', `/sessions/${id}/verify`)).toMatchObject({
      status: 200,
      body: { data: { verified: true } },
    })
    expect((await call(key, 'DELETE', `/sessions/${id}`)).status).toBe(200)
  })

  test('that every account has may be tuned, and neither removed, renamed nor made to send', async () => {
    const key = await hermod.register()
    const { id } = await named(key, 'sandbox')
    const patched = await call(key, 'PATCH', `/sessions/${id}`, { settings: { latencyMs: 1 } })
    expect(patched).toMatchObject({ status: 200, body: { data: { settings: { latencyMs: 1 } } } })
    const protectedOne = { status: 409, code: 'session_protected' } as const
    expectRefusal(await call(key, 'DELETE', `/sessions/${id}`), protectedOne)
    expectRefusal(await call(key, 'PATCH', `/sessions/${id}`, { name: 'mine' }), protectedOne)
    const credentials = newNumber()
    expectInvalid(await call(key, 'PATCH', `/sessions/${id}`, { credentials }), 'body.credentials')
    expect(await named(key, 'sandbox')).toMatchObject({ id, provider: 'sandbox' })
  })
})

describe('what is asked for wrongly is refused, with what to change:', () => {
  test.each([
    [
      'an unknown field',
      { ...cloud('a', {}), colour: 'red', credentials: { accessToken: 'EAA', phoneNumberId: '1' } },
      'body.colour',
    ],
    ['an unknown provider', { provider: 'pigeon', name: 'a' }, 'body.provider'],
    ['no credentials', { provider: 'whatsapp-cloud', name: 'a' }, 'body.credentials'],
    [
      'a token with a blank',
      cloud('a', { accessToken: 'EAA b', phoneNumberId: '1' }),
      'body.credentials.accessToken',
    ],
    [
      'an unknown scenario',
      { provider: 'sandbox', name: 'a', settings: { scenario: 'rain' } },
      'body.settings.scenario',
    ],
    ['a name like an id', { provider: 'sandbox', name: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a58' }, 'body.name'],
    ['no pace at all', { provider: 'sandbox', name: 'a', ratePerSecond: 0 }, 'body.ratePerSecond'],
  ])('%s', async (_what, body, path) => {
    const key = await hermod.register()
    expectInvalid(await create(key, body), path)
    expect(await listed(key)).toHaveLength(1)
  })

  test('a name or a number that is taken, in the account and not beyond it', async () => {
    const key = await hermod.register()
    const number = newNumber()
    const { id } = await created(key, cloud('taken', number))
    const other = await created(key, cloud('other'))
    const exists = { status: 409, code: 'session_exists' } as const
    expectRefusal(await create(key, cloud('taken')), exists)
    expectRefusal(await create(key, cloud('third', number)), exists)
    expectRefusal(await call(key, 'PATCH', `/sessions/${other.id}`, { name: 'taken' }), exists)
    const credentials = { phoneNumberId: number.phoneNumberId }
    expectRefusal(await call(key, 'PATCH', `/sessions/${other.id}`, { credentials }), exists)
    expect(await call(key, 'PATCH', `/sessions/${id}`, { name: 'taken' })).toMatchObject({ status: 200 })
    await created(await hermod.register(), cloud('taken', number))
  })

  test('a default that is taken away', async () => {
    const key = await hermod.register()
    const { id } = await created(key, cloud('only'))
    expectInvalid(await call(key, 'PATCH', `/sessions/${id}`, { default: false }), 'body.default')
  })
})

test('no plan limits the number of senders', async () => {
  const key = await hermod.register()
  const { id: accountId } = (await call(key, 'GET', '/auth/me')).body.data
  await sql.query("update accounts set plan = 'free' where id = $1", [accountId])
  const asked = Array.from({ length: 12 }, (_, index) =>
    create(key, { provider: 'sandbox', name: `sandbox-${index}` }),
  )
  for (const answer of await Promise.all(asked)) expect(answer.status).toBe(201)
  expect(await listed(key)).toHaveLength(13)
})

test('of those asked for at once under one name or as the default, one gets it', async () => {
  const key = await hermod.register()
  const same = await Promise.all(Array.from({ length: 5 }, () => create(key, cloud('same'))))
  expect(same.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(1)
  expect(same.map(({ status }) => status).filter((status) => status === 409)).toHaveLength(4)
  const asked = Array.from({ length: 5 }, (_, index) =>
    create(key, { ...cloud(`number-${index}`), default: true }),
  )
  expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([201, 201, 201, 201, 201])
  expect((await listed(key)).filter((session) => session.default)).toHaveLength(1)
})

test('the list comes in pages, by number and by cursor', async () => {
  const key = await hermod.register()
  for (const name of ['one', 'two', 'three']) await created(key, { provider: 'sandbox', name })
  const page = async (query: string) => {
    const { body } = await call(key, 'GET', `/sessions?limit=2&${query}`)
    return { names: body.data.map(({ name }: { name: string }) => name), ...body.pagination }
  }
  const first = await page('page=1')
  expect(first).toMatchObject({ names: ['three', 'two'], page: 1, limit: 2, total: 4 })
  expect(await page('page=2')).toMatchObject({ names: ['one', 'sandbox'], nextCursor: null })
  expect(await page(`cursor=${first.nextCursor}`)).toMatchObject({ names: ['one', 'sandbox'] })
  expectInvalid(await call(key, 'GET', '/sessions?limit=0'), 'query.limit')
})

test('credentials that change while they are verified are not proven by what went before', async () => {
  const key = await hermod.register()
  const slow = newNumber()
  const { id } = await created(key, cloud('main', slow))
  hermod.graph.control.rules.add({
    when: ({ endpoint, phoneNumberId }) => endpoint === 'phone' && phoneNumberId === slow.phoneNumberId,
    delayMs: 500,
  })
  const verifying = call(key, 'POST', `/sessions/${id}/verify`)
  const credentials = newNumber()
  expect((await call(key, 'PATCH', `/sessions/${id}`, { credentials })).status).toBe(200)
  expectRefusal(await verifying, { status: 409, code: 'credentials_missing' })
  expect(await read(key, id)).toMatchObject({ verifiedAt: null, phoneNumberId: credentials.phoneNumberId })
})
