import { Ajv2020 } from 'ajv/dist/2020.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { startTestService, type Answer, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'

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

const url = 'http://127.0.0.1:9/hook'
const secretPattern = /^whsec_[A-Za-z0-9+/]{43}=$/

const create = (body: Record<string, unknown> = {}, as = key): Promise<Answer> =>
  hermod.call('POST', '/webhook-endpoints', { key: as, body: { url, ...body } })

/** A new endpoint's id. */
async function made(body: Record<string, unknown> = {}, as = key): Promise<string> {
  const answer = await create(body, as)
  expect(answer.status).toBe(201)
  return answer.body.data.id
}

const change = (id: string, body: Record<string, unknown>): Promise<Answer> =>
  hermod.call('PATCH', `/webhook-endpoints/${id}`, { key, body })

async function read(id: string, as = key): Promise<Record<string, any>> {
  return (await hermod.call('GET', `/webhook-endpoints/${id}`, { key: as })).body.data
}

const rotate = (id: string, body?: Record<string, unknown>): Promise<Answer> =>
  hermod.call('POST', `/webhook-endpoints/${id}/rotate-secret`, { key, ...(body !== undefined && { body }) })

test('an endpoint that names only its URL hears everything, and its secret is shown once', async () => {
  const answer = await create()
  const { secret, ...shown } = answer.body.data
  expect(answer.status).toBe(201)
  expect(secret).toMatch(secretPattern)
  expect(shown).toEqual({
    id: expect.any(String),
    url,
    format: 'standard',
    description: null,
    events: [],
    sessions: [],
    headers: [],
    ratePerSecond: null,
    ordered: false,
    enabled: true,
    disabledReason: null,
    disabledAt: null,
    failingSince: null,
    lastSuccessAt: null,
    lastFailureAt: null,
    lastError: null,
    breaker: { state: 'closed', openUntil: null },
    oldSecretsUntil: [],
    isDefault: false,
    createdAt: expect.any(String),
    updatedAt: expect.any(String),
  })
  expect(await read(shown.id)).toEqual(shown)
})

test('every setting that is given is kept, sessions by name or id', async () => {
  const sessions = await sql.query<{ id: string }>(
    `select s.id from sessions s join webhook_endpoints w on w.account_id = s.account_id
      where w.id = $1 order by s.name`,
    [await made()],
  )
  const wanted = {
    description: 'Orders',
    events: ['message.read', 'session.stopped'],
    headers: [{ name: 'X-Team', value: 'orders', secret: false }],
    ratePerSecond: 20,
    ordered: true,
  }
  const id = await made({
    ...wanted,
    sessions: ['default', sessions[1]?.id],
    events: [...wanted.events, 'message.read'],
  })
  expect(await read(id)).toMatchObject({ ...wanted, sessions: sessions.map((session) => session.id) })
})

test('what is left out of a change stays', async () => {
  const id = await made({ description: 'Before', events: ['message.read'], ratePerSecond: 5 })
  const answer = await change(id, { description: null, url: `${url}-moved` })
  expect(answer).toMatchObject({
    status: 200,
    body: { data: { description: null, url: `${url}-moved`, events: ['message.read'], ratePerSecond: 5 } },
  })
})

test('nothing that is secret is ever read back, nor stands in the database in clear', async () => {
  const headers = [
    { name: 'X-Token', value: 'tok-hidden-1', secret: true },
    { name: 'X-Team', value: 'orders' },
  ]
  const answer = await create({ headers })
  const { id, secret } = answer.body.data
  await rotate(id)
  const list = await hermod.call('GET', '/webhook-endpoints', { key })
  const [row] = await sql.query<{ row: string }>(
    'select w::text as row from webhook_endpoints w where id = $1',
    [id],
  )
  for (const text of [JSON.stringify(list.body), JSON.stringify(await read(id)), row?.row]) {
    expect(text).not.toContain('tok-hidden-1')
    expect(text).not.toContain(secret.slice('whsec_'.length))
  }
  expect(row?.row).not.toContain('orders')
  expect((await read(id))['headers']).toEqual([
    { name: 'X-Token', value: null, secret: true },
    { name: 'X-Team', value: 'orders', secret: false },
  ])
})

test('headers can be written back as they were read, and a kept value does not become readable', async () => {
  const id = await made({ headers: [{ name: 'X-Token', value: 'tok-hidden-2', secret: true }] })
  const back = await change(id, { headers: [...(await read(id))['headers'], { name: 'X-New', value: 'n' }] })
  expect(back.status).toBe(200)
  const open = await change(id, { headers: [{ name: 'x-token', secret: false }] })
  expect(open.body.data.headers).toEqual([{ name: 'x-token', value: null, secret: true }])
  expectInvalid(await change(id, { headers: [{ name: 'X-Other' }] }), 'body.headers.0.value')
})

describe('a request that cannot be right is refused by the field:', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['an address inside', { url: 'https://10.0.0.1/hook' }, 'body.url'],
    ['a URL with a password', { url: 'https://user:pass@example.com' }, 'body.url'],
    ['no URL at all', { url: 'hook' }, 'body.url'],
    ['an unknown type', { events: ['message.lost'] }, 'body.events.0'],
    ['a type that there is not', { events: ['otp.guessed'] }, 'body.events.0'],
    ['a session that is not there', { sessions: ['default', 'nowhere'] }, 'body.sessions.1'],
    ['a rate of nothing', { ratePerSecond: 0 }, 'body.ratePerSecond'],
    ['a secret that is too short', { secret: 'whsec_c2hvcnQ=' }, 'body.secret'],
    ['a secret without its prefix', { secret: Buffer.alloc(32).toString('base64') }, 'body.secret'],
    [
      'a header twice',
      {
        headers: [
          { name: 'X-A', value: 'a' },
          { name: 'x-a', value: 'b' },
        ],
      },
      'body.headers.1.name',
    ],
    [
      'a header with a line break',
      { headers: [{ name: 'X-A', value: 'a\r\nX-B: b' }] },
      'body.headers.0.value',
    ],
    ['a header name with a blank', { headers: [{ name: 'X A', value: 'a' }] }, 'body.headers.0.name'],
    ['a field that is not known', { event: ['message.read'] }, 'body.event'],
  ])('%s', async (_what, body, path) => {
    expectInvalid(await create(body), path)
  })

  const denied =
    'Connection Keep-Alive TE Trailer Transfer-Encoding Upgrade Proxy-Authorization Host User-Agent Content-Type ' +
    'Content-Length Accept-Encoding Expect webhook-id Webhook-Signature X-Hermod-Event'
  test.each(denied.split(' '))('the header %s', async (name) => {
    expectInvalid(await create({ headers: [{ name, value: 'x' }] }), 'body.headers.0.name')
  })

  test('an address inside, on the way to change', async () => {
    expectInvalid(await change(await made(), { url: 'https://169.254.169.254/latest' }), 'body.url')
  })

  test.each([
    ['a grace period of more than a week', { gracePeriodSeconds: 604_801 }, 'body.gracePeriodSeconds'],
    ['a secret that is none', { secret: 'whsec_' }, 'body.secret'],
  ])('%s', async (_what, body, path) => {
    expectInvalid(await rotate(await made(), body), path)
  })
})

describe('switching', () => {
  test('off is by the owner, and says when', async () => {
    const id = await made()
    await change(id, { enabled: false })
    expect(await read(id)).toMatchObject({
      enabled: false,
      disabledReason: 'owner',
      disabledAt: expect.any(String),
    })
    expect((await create({ enabled: false })).body.data).toMatchObject({ disabledReason: 'owner' })
  })

  test('on is the way back for one that failed, and clears what is known of its failures', async () => {
    const id = await made()
    await sql.query(
      `update webhook_endpoints set enabled = false, disabled_reason = 'failing', disabled_at = now(),
         failing_since = now(), breaker_until = now() + interval '1 hour', breaker_trips = 4 where id = $1`,
      [id],
    )
    expect(await read(id)).toMatchObject({ disabledReason: 'failing', breaker: { state: 'open' } })
    await change(id, { enabled: true })
    expect(await read(id)).toMatchObject({
      enabled: true,
      disabledReason: null,
      disabledAt: null,
      failingSince: null,
      breaker: { state: 'closed', openUntil: null },
    })
    const [row] = await sql.query('select breaker_trips from webhook_endpoints where id = $1', [id])
    expect(row).toEqual({ breaker_trips: 0 })
  })
})

describe('rotation', () => {
  test('without a body gives a new secret, and the old one signs for a day more', async () => {
    const { id, secret } = (await create()).body.data
    const rotated = await rotate(id)
    expect(rotated.status).toBe(200)
    expect(rotated.body.data.secret).toMatch(secretPattern)
    expect(rotated.body.data.secret).not.toBe(secret)
    const [until] = rotated.body.data.oldSecretsUntil
    expect(Math.round((Date.parse(until) - Date.parse(rotated.body.data.updatedAt)) / 1_000)).toBe(86_400)
  })

  test('takes a secret of the owner’s own, though not the one that it has', async () => {
    const own = `whsec_${Buffer.alloc(24, 9).toString('base64')}`
    const id = await made()
    expect((await rotate(id, { secret: own })).body.data.secret).toBe(own)
    expectInvalid(await rotate(id, { secret: own }), 'body.secret')
  })

  test('keeps at most ten old secrets, and says when the next one expires', async () => {
    const id = await made()
    for (let hours = 1; hours <= 10; hours += 1) {
      expect((await rotate(id, { gracePeriodSeconds: hours * 3_600 })).status).toBe(200)
    }
    const untils: string[] = (await read(id))['oldSecretsUntil']
    const refused = await rotate(id, { gracePeriodSeconds: 60 })
    expectInvalid(refused, 'body.gracePeriodSeconds')
    expect(refused.body.details[0].message).toContain(untils.toSorted()[0])
    // One that does not go on signing needs no room.
    expect((await rotate(id, { gracePeriodSeconds: 0 })).body.data.oldSecretsUntil).toHaveLength(10)
    await sql.query(
      `update webhook_endpoints set old_secrets = jsonb_set(old_secrets, '{9,expiresAt}', '"2026-01-01T00:00:00Z"')
        where id = $1`,
      [id],
    )
    expect((await rotate(id, { gracePeriodSeconds: 60 })).status).toBe(200)
  })

  test('many at once each take their turn: no secret that was given is forgotten', async () => {
    const id = await made()
    const answers = await Promise.all(Array.from({ length: 8 }, () => rotate(id)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200))
    expect((await read(id))['oldSecretsUntil']).toHaveLength(8)
  })
})

test('however many are made at once, an account has fifty endpoints at most', async () => {
  const crowded = await hermod.register()
  const answers = await Promise.all(Array.from({ length: 60 }, () => create({}, crowded)))
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(50)
  const refused = answers.filter(({ status }) => status !== 201)
  for (const answer of refused) expectRefusal(answer, { status: 400, code: 'validation_failed' })
  expect((await hermod.call('GET', '/webhook-endpoints', { key: crowded })).body.data).toHaveLength(50)
})

test('one that is removed is gone, and what was on its way to it is canceled', async () => {
  const owner = await hermod.register()
  const id = await made({ url: `${hermod.receiver.url}/gone` }, owner)
  hermod.receiver.respond(() => ({ status: 500 }))
  await hermod.call('POST', '/send-message', {
    key: owner,
    body: { to: '14155552671', message: 'Hi', session: 'sandbox' },
  })
  await hermod.receiver.waitFor(({ path }) => path === '/gone')
  expect((await hermod.call('DELETE', `/webhook-endpoints/${id}`, { key: owner })).body.data).toEqual({
    id,
    deleted: true,
  })
  const open = `select status from webhook_deliveries where endpoint_id = $1 and status <> 'canceled'
                   and wake_at is not null`
  expect(await sql.query(open, [id])).toEqual([])
  expectRefusal(await hermod.call('GET', `/webhook-endpoints/${id}`, { key: owner }), {
    status: 404,
    code: 'not_found',
  })
})

describe('the shorthand', () => {
  test('is an endpoint like the others, with the reference’s event', async () => {
    const owner = await hermod.register()
    const set = await hermod.call('PUT', '/auth/me/webhook', { key: owner, body: { url } })
    expect(set.body).toEqual({
      success: true,
      data: { webhookUrl: url, secret: expect.stringMatching(secretPattern) },
    })
    const list = await hermod.call('GET', '/webhook-endpoints', { key: owner })
    expect(list.body.data).toMatchObject([{ url, isDefault: true, events: ['message.status_updated'] }])
    await hermod.call('DELETE', '/auth/me/webhook', { key: owner })
    expect((await hermod.call('GET', '/webhook-endpoints', { key: owner })).body.data).toEqual([])
  })

  test('set again begins anew: one endpoint, enabled, with the new secret alone', async () => {
    const owner = await hermod.register()
    await hermod.call('PUT', '/auth/me/webhook', { key: owner, body: { url } })
    const [first] = (await hermod.call('GET', '/webhook-endpoints', { key: owner })).body.data
    await hermod.call('POST', `/webhook-endpoints/${first.id}/rotate-secret`, { key: owner })
    await hermod.call('PATCH', `/webhook-endpoints/${first.id}`, {
      key: owner,
      body: { enabled: false, events: ['message.received'] },
    })
    await hermod.call('PUT', '/auth/me/webhook', { key: owner, body: { url: `${url}-2` } })
    const { body } = await hermod.call('GET', '/webhook-endpoints', { key: owner })
    expect(body.data).toMatchObject([
      {
        id: first.id,
        url: `${url}-2`,
        enabled: true,
        disabledReason: null,
        events: ['message.status_updated'],
        oldSecretsUntil: [],
      },
    ])
  })
})

describe('the catalogue', () => {
  const ajv = new Ajv2020({
    strict: false,
    formats: { uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'date-time': /^\d{4}-\d\d-\d\dT.*Z$/ },
  })

  test('has a schema for every type, and an example that fits it, key by key', async () => {
    const { body } = await hermod.call('GET', '/webhook-events', { key })
    const emitted = body.data.filter(({ reserved }: { reserved: boolean }) => !reserved)
    expect(emitted.length).toBeGreaterThan(15)
    for (const { type, schema, example } of emitted) {
      const validate = ajv.compile(schema)
      expect([type, validate(example), validate.errors]).toEqual([type, true, null])
      const { required } = schema.properties.data
      expect(Object.keys(example.data).toSorted()).toEqual(required.toSorted())
      expect(schema.required).toEqual(Object.keys(schema.properties))
      expect(type).toMatch(/^[a-zA-Z0-9_.]+$/)
    }
  })

  test('is the webhooks section of the OpenAPI document', async () => {
    const { body: document } = await hermod.call('GET', '/openapi.json')
    const { body } = await hermod.call('GET', '/webhook-events', { key })
    const emitted = body.data.filter(({ reserved }: { reserved: boolean }) => !reserved)
    expect(Object.keys(document.webhooks)).toEqual(emitted.map(({ type }: { type: string }) => type))
    for (const { type, schema, example } of emitted) {
      expect(document.webhooks[type].post.requestBody.content['application/json']).toEqual({
        schema,
        example,
      })
    }
  })
})
