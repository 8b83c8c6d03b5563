import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { uuidOfUlid } from '../../../../src/kit/id.ts'
import { endpointsOf } from '../../../support/endpoints.ts'
import { startTestService, until, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'
import { expectRefused, hubClient, prefix, type HubClient } from './client.ts'

let hermod: TestService
let sql: Sql
let client: HubClient
beforeAll(async () => {
  hermod = await startTestService()
  sql = await connectSql(hermod.databaseUrl)
  client = await hubClient(hermod, { mode: 'test' })
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})
const { make } = endpointsOf(() => hermod)

let numbers = 0
/** A number that no other test sends to, nor to its neighbours. */
function newNumber(): string {
  numbers += 1
  return `1646${String(4_000_000 + numbers * 10_000 + 11)}`
}

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const recordUntil = async (uuid: string, status: string, of = client) =>
  until(
    async () => (await of.record(uuid)).body,
    (record) => record.status === status,
    `${uuid} ${status}`,
  )

test('a code goes out, and its record tells where it stands, without the code', async () => {
  const to = newNumber()
  const answer = await client.send({ to, text: '482910' })
  expect([answer.status, answer.body]).toEqual([
    200,
    { uuid: expect.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/), to },
  ])
  const { uuid } = answer.body
  const record = await recordUntil(uuid, 'READ')
  expect(record).toEqual({
    uuid,
    wam_id: expect.any(String),
    to,
    text: '••••••',
    status: 'READ',
    timestamp: iso,
    delivery_timestamp: iso,
    delivery_time: expect.any(Number),
    webhook_delivered: false,
  })
  expect((await client.record(uuid.toLowerCase())).body.uuid).toBe(uuid)
  // The sandbox is where the code can be read: its owner is the recipient.
  const id = uuidOfUlid(uuid)
  const message = await hermod.call('GET', `/messages/${id}`, { key: client.key })
  expect(message.body.data.body).toBe('482910')
  const rows = await sql.query(`select * from messages where id = '${id}'`)
  expect(rows).toHaveLength(1)
  expect(JSON.stringify(rows)).not.toContain('482910')
})

test.each([
  ['482910', '••••••'],
  ['Ab3dEf', '••••••'],
  [' 482910 ', '••••••'],
  ['Your code is 482910. It is valid for 5 minutes.', 'Your code is ••••••. It is valid for 5 minutes.'],
  ['Use 123-456 now', 'Use •••••• now'],
  ['您的验证码是482910，请勿泄露。', '您的验证码是••••••，请勿泄露。'],
  ['رمزك ٤٨٢٩١٠', 'رمزك ••••••'],
  ['Codes 482910 and 77421', 'Codes •••••• and ••••••'],
  ['Open https://example.com/v/8f3a2b', 'Open https://example.com/v/••••••'],
  ['Your code is KXQWTR', 'Your code is ••••••'],
  ['Welcome back', 'Welcome back'],
])('%j goes out as it is, and is shown as %j', async (text, shown) => {
  const uuid = await client.sent(newNumber(), text)
  expect((await client.record(uuid)).body.text).toBe(shown)
  const message = await hermod.call('GET', `/messages/${uuidOfUlid(uuid)}`, { key: client.key })
  expect(message.body.data.body).toBe(text)
})

test('every request is a message of its own, even the same to the same number', async () => {
  const to = newNumber()
  const uuids = [await client.sent(to, '482910'), await client.sent(to, '482910')]
  expect(new Set(uuids).size).toBe(2)
  const { body } = await client.list({ filter: { to } })
  expect(body).toMatchObject({ total: 2, list: uuids.toReversed().map((uuid) => ({ uuid })) })
  expect((await hermod.call('GET', '/otp', { key: client.key })).body.data).toEqual([])
})

test('a number is answered as it was given', async () => {
  const digits = newNumber()
  for (const to of [
    `+${digits}`,
    `00${digits}`.replace(/^00/, '+'),
    `+${digits.slice(0, 1)} ${digits.slice(1)}`,
  ]) {
    const uuid = await client.sent(to, '482910')
    expect((await client.record(uuid)).body.to).toBe(to)
  }
})

test('the limits of the service default count, and say when to try again', async () => {
  const own = await hubClient(hermod, { mode: 'test' })
  const to = newNumber()
  for (let n = 0; n < 10; n += 1) await own.sent(to, String(482_910 + n))
  const answer = await own.send({ to, text: '482910' })
  expectRefused(answer, 429, /Too many codes were asked for this number/)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  // They are the account's, whatever the way: the native API counts them as well.
  const native = await hermod.call('POST', '/otp', { key: own.key, body: { to } })
  expect(native.body.code).toBe('number_limit')
})

test('the address of a user is limited where it is told', async () => {
  const own = await hubClient(hermod)
  const limits = { client: [{ max: 1, seconds: 3_600 }] }
  await hermod.call('PUT', '/otp/services/default', { key: own.key, body: { limits, session: 'sandbox' } })
  const body = () => ({ to: newNumber(), text: '482910', client_ip: '203.0.113.7' })
  expect((await own.send(body())).status).toBe(200)
  expectRefused(await own.send(body()), 429, /from this client address/)
  expect((await own.send({ ...body(), client_ip: '203.0.113.8' })).status).toBe(200)
  expect((await own.send({ to: newNumber(), text: '482910' })).status).toBe(200)
})

describe('what is wrong with a request is a 400 that says what:', () => {
  test.each([
    [{}, /^to is required\. text is required\.$/],
    [{ to: '38761444555' }, /^text is required\.$/],
    [{ to: '38761444555', text: '' }, /^text must not be empty\.$/],
    [{ to: '38761444555', text: 'x'.repeat(4_097) }, /^text must have at most 4096 characters\.$/],
    [{ to: '38761444555', text: 'a\0b' }, /^text has a character that cannot be stored/],
    [{ to: '38761444555', text: ['482910'] }, /^text must be a text\.$/],
    [{ to: '12', text: '482910' }, /^to must be a phone number in E\.164 form/],
    [{ to: 'US.13491208655302741918', text: '482910' }, /codes go to numbers only/],
    [{ to: '38761444555', text: '482910', client_ip: 'here' }, /^client_ip must be an IP address\.$/],
    [[], /JSON body/],
  ])('%j', async (body, message) => {
    expectRefused(await client.send(body), 400, message)
  })

  test('no JSON, or not as JSON', async () => {
    const ask = (raw: string, type: string) =>
      hermod.call('POST', `${prefix}/otp`, { raw, headers: { ...client.headers, 'content-type': type } })
    expectRefused(await ask('{"to":', 'application/json'), 400, /JSON/)
    expectRefused(await ask('to=1', 'application/x-www-form-urlencoded'), 400, /as JSON/)
    expectRefused(
      await ask(JSON.stringify({ text: 'x'.repeat(2_000_000) }), 'application/json'),
      400,
      /too large/,
    )
  })

  test('a country that the service does not send to', async () => {
    const own = await hubClient(hermod)
    const body = { allowedCountries: ['DE'], session: 'sandbox' }
    await hermod.call('PUT', '/otp/services/default', { key: own.key, body })
    expectRefused(await own.send({ to: newNumber(), text: '482910' }), 400, /these countries only: DE/)
  })

  test('no sender at all, with the call that mends it', async () => {
    const own = await hubClient(hermod)
    expectRefused(await own.send({ to: newNumber(), text: '482910' }), 400, /PUT \/auth\/me\/credentials/)
  })

  test('a text of 4096 characters goes out', async () => {
    await client.sent(newNumber(), 'x'.repeat(4_096))
  })

  test('a number may stand for a text', async () => {
    expect((await client.send({ to: Number(newNumber()), text: 482_910 })).status).toBe(200)
  })
})

test('who does not show a key and its account is not let in', async () => {
  const other = await hubClient(hermod)
  const { 'x-api-key': key, 'x-account-id': account } = client.headers
  const send = async (headers: Record<string, string | undefined>) =>
    hermod.call('POST', `${prefix}/otp`, {
      headers: Object.fromEntries(
        Object.entries(headers).filter((one): one is [string, string] => one[1] !== undefined),
      ),
      body: { to: newNumber(), text: '482910' },
    })
  expect((await send({ 'x-api-key': key, 'x-user-id': account })).status).toBe(200)
  expect((await send({ 'x-api-key': key, 'x-account-id': account?.toUpperCase() })).status).toBe(200)
  for (const headers of [
    {},
    { 'x-api-key': key },
    { 'x-account-id': account },
    { 'x-api-key': 'sk_live_no', 'x-account-id': account },
    { 'x-api-key': key, 'x-account-id': other.headers['x-account-id'] },
    { 'x-api-key': other.key, 'x-account-id': account },
    { authorization: `Bearer ${key}`, 'x-account-id': account },
  ]) {
    expectRefused(await send(headers), 401, /key/i)
  }
})

test('an unknown record is a 404, and so is an unknown path', async () => {
  for (const uuid of ['01JV5V54KPYK9GB29265EQRZ2P', 'nothing', '8'.repeat(26)]) {
    expectRefused(await client.record(uuid), 404, /no such message/)
  }
  const answer = await hermod.call('GET', `${prefix}/nothing/at/all`, { headers: client.headers })
  expectRefused(answer, 404, /There is no GET/)
})

describe('the list', () => {
  let own: HubClient
  const uuids: string[] = []
  const recipients: string[] = []
  beforeAll(async () => {
    own = await hubClient(hermod, { mode: 'test' })
    for (let n = 0; n < 5; n += 1) {
      const to = newNumber()
      recipients.push(to)
      uuids.push(await own.sent(to, '482910'))
    }
    for (const uuid of uuids) await recordUntil(uuid, 'READ', own)
  })
  const idsOf = (answer: { body: any }) => answer.body.list.map(({ uuid }: { uuid: string }) => uuid)

  test('has the newest first, twenty to a page', async () => {
    const answer = await own.list({})
    expect(answer.body).toEqual({
      page: 1,
      rows_per_page: 20,
      sort_by: 'timestamp',
      sort_direction: 'DESC',
      total: 5,
      total_pages: 1,
      has_next_page: false,
      has_previous_page: false,
      list: expect.any(Array),
    })
    expect(idsOf(answer)).toEqual(uuids.toReversed())
    expect(answer.body.list[0]).toEqual((await own.record(uuids[4] ?? '')).body)
    expect((await own.list()).body).toEqual(answer.body)
  })

  test('is turned around, and read page by page', async () => {
    const pages = []
    for (const page of [1, '2', 3]) {
      pages.push(await own.list({ page, rows_per_page: 2, sort_direction: 'asc' }))
    }
    expect(pages.flatMap(idsOf)).toEqual(uuids)
    expect(pages.map(({ body }) => [body.page, body.has_previous_page, body.has_next_page])).toEqual([
      [1, false, true],
      [2, true, true],
      [3, true, false],
    ])
    expect((await own.list({ page: 9, rows_per_page: 2 })).body).toMatchObject({
      list: [],
      total: 5,
      total_pages: 3,
      has_next_page: false,
    })
  })

  test('is narrowed by recipient and by status', async () => {
    expect(idsOf(await own.list({ filter: { to: recipients[2] } }))).toEqual([uuids[2]])
    expect(idsOf(await own.list({ filter: { status: 'READ', to: `+${recipients[2]}` } }))).toEqual([uuids[2]])
    expect((await own.list({ filter: { status: 'read', to: '' } })).body.total).toBe(5)
    for (const status of ['PENDING', 'SENT', 'DELIVERED', 'FAILED', 'EXPIRED']) {
      expect((await own.list({ filter: { status } })).body).toMatchObject({ total: 0, list: [] })
    }
  })

  test.each([
    [{ page: 0 }, /^page must be at least 1/],
    [{ rows_per_page: 0 }, /^rows_per_page must be at least 1/],
    [{ rows_per_page: 101 }, /^rows_per_page must be at most 100/],
    [{ rows_per_page: 'many' }, /^rows_per_page must be a number/],
    [{ sort_by: 'text' }, /^sort_by must be one of: timestamp, uuid/],
    [{ sort_direction: 'UP' }, /^sort_direction must be one of: ASC, DESC/],
    [{ filter: { status: 'LOST' } }, /^filter\.status must be/],
    [{ filter: { colour: 'red' } }, /^filter\.colour is not a known field/],
    [{ filter: { to: 'nobody' } }, /^to must be a phone number/],
  ])('refuses %j', async (body, message) => {
    expectRefused(await own.list(body), 400, message)
  })
})

describe('statuses', () => {
  test('a refused message is FAILED', async () => {
    const uuid = await client.sent('14155550103', '482910')
    expect((await recordUntil(uuid, 'FAILED')).delivery_timestamp).toBeNull()
    const { body } = await client.list({ filter: { status: 'FAILED' } })
    expect(body.list).toEqual([expect.objectContaining({ uuid, status: 'FAILED' })])
  })

  test('a webhook endpoint of the format hears the record at each status', async () => {
    const own = await hubClient(hermod, { mode: 'test' })
    const hook = await make(own.key, { format: 'connect-hub' })
    const to = `+${newNumber()}`
    const uuid = await own.sent(to, 'Your code is 482910')
    const told = (await hook.until(4)).map(({ body }) => JSON.parse(body))
    expect(new Set(told.map(({ status }) => status))).toEqual(
      new Set(['PENDING', 'SENT', 'DELIVERED', 'READ']),
    )
    const delivered = told.find(({ status }) => status === 'DELIVERED')
    expect(delivered).toEqual({
      uuid,
      wam_id: expect.any(String),
      to,
      text: 'Your code is ••••••',
      status: 'DELIVERED',
      timestamp: iso,
      delivery_timestamp: iso,
      delivery_time: expect.any(Number),
      webhook_delivered: true,
    })
    expect(hook.deliveries().every(({ verified }) => verified)).toBe(true)
    const record = await until(
      async () => (await own.record(uuid)).body,
      ({ webhook_delivered: isTold }) => isTold,
    )
    expect(record).toEqual(told.find(({ status }) => status === 'READ'))
    expect((await own.list()).body.list).toEqual([record])
  })

  test('the format is its endpoint’s, which tells nothing but statuses', async () => {
    const refused = await hermod.call('POST', '/webhook-endpoints', {
      key: client.key,
      body: { url: `${hermod.receiver.url}/x`, format: 'connect-hub', events: ['session.stopped'] },
    })
    expect([refused.status, refused.body.details]).toEqual([
      400,
      [{ path: 'body.events.0', message: 'is nothing that the format connect-hub tells' }],
    ])
    const own = await hubClient(hermod)
    const hook = await make(own.key, { format: 'connect-hub', events: ['message.delivered'] })
    const read = await hermod.call('GET', `/webhook-endpoints/${hook.id}`, { key: own.key })
    expect(read.body.data).toMatchObject({ format: 'connect-hub', events: ['message.delivered'] })
  })
})
