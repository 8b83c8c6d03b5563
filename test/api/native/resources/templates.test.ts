import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  connectBusiness as connectTo,
  countingReads as countReads,
  fits,
  orderReady,
  tellTemplate,
  type BusinessOptions,
  type TellOptions,
} from '../../../support/businesses.ts'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { startTestService, until, type Answer, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'

let hermod: TestService
let sql: Sql
beforeAll(async () => {
  hermod = await startTestService()
  sql = await connectSql(hermod.databaseUrl)
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

const to = '14155552671'
const text = (value: string, name?: string) => ({
  type: 'text',
  text: value,
  ...(name !== undefined && { parameter_name: name }),
})
const connectBusiness = (templates?: Record<string, unknown>[], options?: BusinessOptions) =>
  connectTo(hermod, templates, options)
const countingReads = (act: () => Promise<unknown>, delayMs?: number) => countReads(hermod, act, delayMs)
const tell = (wabaId: string, event: string, options?: TellOptions) =>
  tellTemplate(hermod, wabaId, event, options)

const list = (key: string, query = '') => hermod.call('GET', `/templates${query}`, { key })
const read = (key: string, name = 'order_ready') => hermod.call('GET', `/templates/${name}`, { key })
const send = (key: string, template: unknown, more: object = {}) =>
  hermod.call('POST', '/send-message', { key, body: { to, template, ...more } })
const names = (answer: Answer) => answer.body.data.map((one: { name: string }) => one.name)

/** Makes a list as old as if it had been read so many minutes ago. */
const age = (accountId: string, minutes: number) =>
  sql.query(
    `update template_lists set fetched_at = now() - make_interval(mins => $2) where account_id = $1`,
    [accountId, minutes],
  )

test.each([
  ['/templates/a%00b', 'params.name'],
  ['/templates?name=%00', 'query.name'],
  ['/templates?language=e%00', 'query.language'],
])('a NUL character is refused by its place: %s', async (path, field) => {
  const { key } = await connectBusiness()
  // Known templates are looked up in Postgres, which takes no NUL.
  expect((await hermod.call('GET', '/templates', { key })).status).toBe(200)
  expectInvalid(await hermod.call('GET', path, { key }), field)
})

describe('the list of templates', () => {
  test('is Meta’s, all its pages, by name and language', async () => {
    const many = Array.from({ length: 230 }, (_, index) => ({
      ...orderReady,
      name: `order_${String(index).padStart(3, '0')}`,
    }))
    const { key } = await connectBusiness(many)
    let answer = await list(key, '?limit=100')
    expect(answer).toMatchObject({
      status: 200,
      body: { pagination: { page: 1, limit: 100, total: 230 }, stale: false, fetchedAt: expect.any(String) },
    })
    const found = names(answer)
    while (answer.body.pagination.nextCursor !== null) {
      answer = await list(key, `?limit=100&cursor=${answer.body.pagination.nextCursor}`)
      found.push(...names(answer))
    }
    expect(found).toEqual(many.map(({ name }) => name))
    expect(names(await list(key, '?limit=100&page=3'))).toEqual(found.slice(200))
  })

  test('is filtered by name, status and language', async () => {
    const { key } = await connectBusiness([
      orderReady,
      { ...orderReady, language: 'de' },
      { ...orderReady, name: 'promo', status: 'REJECTED', rejected_reason: 'TAG_CONTENT_MISMATCH' },
    ])
    expect((await list(key)).body.pagination.total).toBe(3)
    expect((await list(key, '?name=order_ready')).body.pagination.total).toBe(2)
    expect((await list(key, '?language=de')).body.pagination.total).toBe(1)
    expect((await list(key, '?status=rejected')).body.data).toMatchObject([
      { name: 'promo', status: 'REJECTED', reason: 'TAG_CONTENT_MISMATCH' },
    ])
  })

  test('is read from Meta once for all who ask at the same time, and then for minutes not at all', async () => {
    const { key, accountId } = await connectBusiness()
    const first = await countingReads(() => Promise.all([1, 2, 3, 4].map(() => list(key))), 30)
    expect(first).toBe(1)
    expect(await countingReads(() => list(key))).toBe(0)
    await age(accountId, 6)
    expect(await countingReads(() => list(key))).toBe(1)
  })

  test('follows what Meta has: what is new comes, what was deleted goes', async () => {
    const { key, accountId, wabaId } = await connectBusiness([orderReady, { ...orderReady, name: 'old' }])
    expect(names(await list(key))).toEqual(['old', 'order_ready'])
    hermod.graph.control.setTemplates([orderReady, { ...orderReady, name: 'new' }], wabaId)
    await sql.query(
      `update templates set updated_at = updated_at - interval '6 minutes' where account_id = $1`,
      [accountId],
    )
    await age(accountId, 6)
    expect(names(await list(key))).toEqual(['new', 'order_ready'])
  })

  test('is served as it is known while Meta is away, and says so', async () => {
    const { key, accountId } = await connectBusiness()
    await list(key)
    await age(accountId, 6)
    hermod.graph.control.rules.replace({
      when: { endpoint: 'templates' },
      outcome: { kind: 'html', status: 502 },
    })
    expect(await list(key)).toMatchObject({
      status: 200,
      body: { stale: true, data: [{ name: 'order_ready' }] },
    })
    expect(await read(key)).toMatchObject({ status: 200, body: { data: { stale: true } } })
    hermod.graph.control.rules.clear()
  })

  test('that was never read while Meta is away is a 503 that says when to ask again', async () => {
    const { key } = await connectBusiness()
    hermod.graph.control.rules.replace({
      when: { endpoint: 'templates' },
      outcome: { kind: 'html', status: 502 },
    })
    const answer = await list(key)
    hermod.graph.control.rules.clear()
    expectRefusal(answer, { status: 503, code: 'provider_unreachable' })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('of a business that the token may not see is refused with Meta’s words, and no token', async () => {
    const { key, accessToken } = await connectBusiness()
    hermod.graph.control.expireToken(accessToken)
    const answer = await list(key)
    expectRefusal(answer, { status: 422, code: 'credentials_rejected' })
    expect(JSON.stringify(answer.body)).not.toContain(accessToken)
  })

  test('needs the business account, and says how to save it', async () => {
    const key = await hermod.connect()
    const answer = await list(key)
    expectRefusal(answer, { status: 409, code: 'business_account_missing' })
    expect(answer.body.error).toContain('whatsappBusinessAccountId')
  })

  test('of the sandbox is there without any credentials', async () => {
    const key = await hermod.register()
    expect(names(await list(key, '?session=sandbox'))).toEqual(['hello_world', 'order_ready', 'otp'])
  })
})

test('one template is told in all its languages, and one that is not there is a 404', async () => {
  const { key } = await connectBusiness([orderReady, { ...orderReady, language: 'de' }])
  expect((await read(key)).body.data).toMatchObject({
    name: 'order_ready',
    languages: [
      { language: 'de' },
      { language: 'en_US', status: 'APPROVED', components: orderReady.components },
    ],
  })
  expectRefusal(await read(key, 'nothing'), { status: 404, code: 'template_not_found' })
})

describe('a send of a template that is known', () => {
  test('and fits is accepted', async () => {
    const { key } = await connectBusiness()
    await list(key)
    expect((await send(key, fits)).status).toBe(202)
  })

  test.each([
    ['name', { ...fits, name: 'order_reddy' }, 'body.template.name', 'no template "order_reddy"'],
    ['language', { ...fits, language: 'fr' }, 'body.template.language', 'it exists in en_US'],
    [
      'parameters',
      { ...fits, components: [{ type: 'body', parameters: [text('Ana')] }] },
      'body.template.components',
      'the template order_ready takes 2 body parameters: {{1}}, {{2}}; 1 was given',
    ],
  ])('and has a wrong %s is refused before it is queued', async (_what, template, path, message) => {
    const { key } = await connectBusiness()
    await list(key)
    const answer = await send(key, template)
    expectInvalid(answer, path)
    expect(answer.body.details[0].message).toContain(message)
    expect((await hermod.call('GET', '/messages', { key })).body.data).toEqual([])
  })

  test('and is paused is refused, with Meta’s reason', async () => {
    const { key } = await connectBusiness([
      { ...orderReady, status: 'PAUSED', rejected_reason: 'LOW_QUALITY' },
    ])
    await list(key)
    const answer = await send(key, fits)
    expectInvalid(answer, 'body.template.name')
    expect(answer.body.details[0].message).toMatch(/paused.*LOW_QUALITY/)
  })

  test('item by item in a bulk, without asking the database for each', async () => {
    const { key } = await connectBusiness()
    await list(key)
    const messages = Array.from({ length: 100 }, (_, index) => ({
      to,
      template: index % 2 === 0 ? fits : { ...fits, components: [] },
    }))
    const { db } = hermod.service.ctx
    const query = db.query
    let queries = 0
    db.query = (...args) => {
      queries += 1
      return query(...args)
    }
    const answer = await hermod.call('POST', '/messages/bulk', { key, body: { messages } })
    db.query = query
    expect(answer).toMatchObject({ status: 202, body: { data: { queued: 50, failedCount: 50 } } })
    expect(answer.body.data.errors[0]).toMatchObject({
      index: 1,
      details: [{ path: 'body.template.components' }],
    })
    expect(queries).toBeLessThan(60)
  })

  test('is not checked in the sandbox, nor with dry_run', async () => {
    const { key } = await connectBusiness()
    await list(key)
    const wrong = { ...fits, name: 'no_such_template' }
    expect((await send(key, wrong, { session: 'sandbox' })).status).toBe(202)
    expect((await send(key, wrong, { dry_run: true })).status).toBe(202)
  })
})

describe('nothing is refused on ignorance:', () => {
  test('a first send is accepted, and makes the templates known for the next', async () => {
    const { key } = await connectBusiness()
    const wrong = { ...fits, name: 'no_such_template' }
    expect((await send(key, wrong)).status).toBe(202)
    const refused = await until(
      () => send(key, wrong),
      ({ status }) => status === 400,
      'the templates to be known',
    )
    expectInvalid(refused, 'body.template.name')
  })

  test('verified credentials make the templates known', async () => {
    const { key, accountId } = await connectBusiness()
    expect((await hermod.call('POST', '/auth/me/credentials/verify', { key })).status).toBe(200)
    await until(
      () => sql.query('select 1 from template_lists where account_id = $1', [accountId]),
      (rows) => rows.length === 1,
    )
  })

  test('a list that is too old refuses nothing while Meta is away', async () => {
    const { key, accountId } = await connectBusiness()
    await list(key)
    await age(accountId, 16)
    hermod.graph.control.rules.replace({
      when: { endpoint: 'templates' },
      outcome: { kind: 'html', status: 502 },
    })
    // Another process's cache would be as young as this one's.
    const answer = await send(key, { ...fits, name: 'made_just_now' })
    hermod.graph.control.rules.clear()
    expect(answer.status).toBe(202)
  })

  test('a send without a business account is accepted', async () => {
    const key = await hermod.connect()
    expect((await send(key, { name: 'whatever', language: 'en_US' })).status).toBe(202)
  })
})

describe('what Meta tells of a template', () => {
  test('counts at once, for every account that has the business', async () => {
    const one = await connectBusiness()
    const other = await connectBusiness([orderReady], { wabaId: one.wabaId })
    for (const { key } of [one, other]) await list(key)
    expect((await tell(one.wabaId, 'PAUSED', { reason: 'LOW_QUALITY' })).status).toBe(200)
    for (const { key } of [one, other]) {
      const answer = await send(key, fits)
      expectInvalid(answer, 'body.template.name')
      expect(answer.body.details[0].message).toContain('LOW_QUALITY')
    }
  })

  test('is told to the endpoints that ask for it, once, with what it was before', async () => {
    const { key, wabaId } = await connectBusiness()
    const path = `/templates-of-${wabaId}`
    const events = ['template.status_updated']
    const endpoint = { url: `${hermod.receiver.url}${path}`, events, ordered: true }
    expect((await hermod.call('POST', '/webhook-endpoints', { key, body: endpoint })).status).toBe(201)
    await list(key)
    for (const event of ['PAUSED', 'PAUSED', 'APPROVED']) {
      expect((await tell(wabaId, event, { reason: 'LOW_QUALITY' })).status).toBe(200)
    }
    const told = await until(
      () => hermod.receiver.deliveries.filter((one) => one.path === path).map(({ body }) => JSON.parse(body)),
      ({ length }) => length >= 2,
      'two events',
    )
    const facts = { businessAccountId: wabaId, name: 'order_ready', language: 'en_US' }
    expect(told.map(({ type, data }) => ({ type, ...data }))).toEqual([
      expect.objectContaining({ ...facts, status: 'PAUSED', previousStatus: 'APPROVED' }),
      expect.objectContaining({ ...facts, status: 'APPROVED', previousStatus: 'PAUSED' }),
    ])
  })

  test('makes the next read ask Meta', async () => {
    const { key, wabaId } = await connectBusiness()
    await list(key)
    hermod.graph.control.setTemplates([{ ...orderReady, status: 'PAUSED' }], wabaId)
    await tell(wabaId, 'PAUSED')
    expect(
      await countingReads(async () => expect((await list(key)).body.data[0].status).toBe('PAUSED')),
    ).toBe(1)
  })

  test('of a name that was not there opens the way for it', async () => {
    const { key, wabaId } = await connectBusiness()
    await list(key)
    const brandNew = { ...fits, name: 'brand_new' }
    expect((await send(key, brandNew)).status).toBe(400)
    await tell(wabaId, 'APPROVED', { name: 'brand_new' })
    expect((await send(key, brandNew)).status).toBe(202)
  })

  test('long ago and told again changes nothing', async () => {
    const { key, wabaId } = await connectBusiness()
    await list(key)
    await tell(wabaId, 'REJECTED', { time: Math.floor(Date.now() / 1_000) - 3_600 })
    expect((await send(key, fits)).status).toBe(202)
  })

  test('by the secret of one session is for its account alone', async () => {
    const victim = await connectBusiness()
    const mallory = await connectBusiness([orderReady], { wabaId: victim.wabaId, appSecret: 'mallorys' })
    for (const { key } of [victim, mallory]) await list(key)
    const proof = { appSecret: 'mallorys', sessionId: mallory.sessionId }
    expect((await tell(victim.wabaId, 'DISABLED', proof)).status).toBe(200)
    expect((await send(mallory.key, fits)).status).toBe(400)
    expect((await send(victim.key, fits)).status).toBe(202)
  })
})
