import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { uuidOfUlid } from '../../../../src/kit/id.ts'
import { createLog } from '../../../../src/kit/log.ts'
import { connectBusiness, type Business } from '../../../support/businesses.ts'
import { inboundCallback, postCallback, statusCallback } from '../../../support/callbacks.ts'
import { endpointsOf } from '../../../support/endpoints.ts'
import { startTestService, until, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'
import { expectRefused, hubClient, type HubClient } from './client.ts'

// What a Cloud number makes of a text, and how its receipts are told.

const lines: string[] = []
let hermod: TestService
let sql: Sql
beforeAll(async () => {
  const log = createLog('trace', { write: (line) => void lines.push(line) })
  hermod = await startTestService({ overrides: { log } })
  sql = await connectSql(hermod.databaseUrl)
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})
const { make } = endpointsOf(() => hermod)

/** Who writes in the callbacks of the test. */
const customer = '16505551234'
let numbers = 0
function newNumber(): string {
  numbers += 1
  return `1646${String(5_000_000 + numbers * 10_000 + 11)}`
}

const notice = {
  name: 'notice',
  category: 'UTILITY',
  components: [{ type: 'BODY', text: 'A notice for you: {{1}} Thank you.' }],
}

const codeTemplate = {
  name: 'login_code',
  category: 'AUTHENTICATION',
  components: [
    { type: 'BODY', text: '*{{1}}* is your verification code.' },
    {
      type: 'BUTTONS',
      buttons: [
        {
          type: 'URL',
          text: 'Copy code',
          url: 'https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}',
        },
      ],
    },
  ],
}

interface Hub {
  business: Business
  client: HubClient
}

async function connect(templates: Record<string, unknown>[] = [notice, codeTemplate]): Promise<Hub> {
  const business = await connectBusiness(hermod, templates)
  return { business, client: await hubClient(hermod, { key: business.key }) }
}

/** The body of the message that Meta took for a number. */
async function handedOver(to: string): Promise<any> {
  const [first] = await until(
    () => hermod.graph.control.ledger.byRecipient(to),
    (taken) => taken.length > 0,
    `a message to ${to}`,
  )
  return first?.body
}

const parametersOf = (body: any) =>
  body.template.components.map((one: any) => one.parameters.map((parameter: any) => parameter.text))

describe('a code', () => {
  let hub: Hub
  beforeAll(async () => {
    hub = await connect()
  })

  test.each(['482910', 'Your code is 482910.', 'Use 482-910 to sign in'])(
    '%j goes out as the authentication template',
    async (text) => {
      const to = newNumber()
      const uuid = await hub.client.sent(to, text)
      expect(parametersOf(await handedOver(to))).toEqual([['482910'], ['482910']])
      expect((await hub.client.record(uuid)).body.text).not.toMatch(/482/)
    },
  )

  test('stands nowhere in the clear: not in the database, the log, a webhook or an answer', async () => {
    const hook = await make(hub.client.key, { format: 'connect-hub' })
    const all = await make(hub.client.key)
    const code = '739164'
    const uuid = await hub.client.sent(newNumber(), `Your code is ${code}.`)
    const record = await until(
      async () => (await hub.client.record(uuid)).body,
      ({ status, webhook_delivered: isTold }) => status === 'READ' && isTold,
    )
    await all.until(4)
    const tables = await sql.query<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = current_schema()`,
    )
    expect(tables.length).toBeGreaterThan(10)
    for (const { name } of tables) {
      const rows = await sql.query(`select * from "${name}"`)
      expect([name, JSON.stringify(rows).includes(code)]).toEqual([name, false])
    }
    const bodies = [...hook.deliveries(), ...all.deliveries()].map(({ body }) => body)
    expect(bodies.length).toBeGreaterThanOrEqual(8)
    expect([...bodies, ...lines, JSON.stringify(record)].filter((one) => one.includes(code))).toEqual([])
    expect(lines.length).toBeGreaterThan(0)
  })

  test('without an approved template is a 400 that names the call', async () => {
    const { client } = await connect([])
    const answer = await client.send({ to: newNumber(), text: '482910' })
    expectRefused(answer, 400, /POST \/otp\/services\/default\/template/)
  })
})

describe('a text that is no code', () => {
  test('goes out as it is to somebody who wrote within 24 hours', async () => {
    const { business, client } = await connect()
    // A number is trusted with callbacks once it has sent.
    const first = newNumber()
    await client.sent(first, '482910')
    await handedOver(first)
    await postCallback(hermod, inboundCallback(business.phoneNumberId, `wamid.${business.phoneNumberId}`))
    await until(
      () => hermod.call('GET', `/contacts/${customer}/window`, { key: business.key }),
      ({ body }) => body.data?.open === true,
    )
    await client.sent(customer, 'Codes 482910 and 77421')
    expect((await handedOver(customer)).text.body).toBe('Codes 482910 and 77421')
  })

  test('else in the utility template of the service', async () => {
    const { business, client } = await connect()
    const { key } = business
    const refused = await client.send({ to: newNumber(), text: 'Welcome back' })
    expectRefused(refused, 400, /POST \/templates.*`textTemplate` with PUT \/otp\/services\/default/)
    const saved = await hermod.call('PUT', '/otp/services/default', { key, body: { textTemplate: 'notice' } })
    expect([saved.status, saved.body.data.textTemplate]).toEqual([200, 'notice'])
    const to = newNumber()
    const uuid = await client.sent(to, 'Welcome\nback,  Ana')
    const body = await handedOver(to)
    expect([body.template.name, parametersOf(body)]).toEqual(['notice', [['Welcome back, Ana']]])
    expect((await client.record(uuid)).body.text).toBe('Welcome\nback,  Ana')
  })

  test('is refused where that template has another number of variables, or is not approved', async () => {
    const two = {
      name: 'two',
      category: 'UTILITY',
      components: [{ type: 'BODY', text: 'Hi {{1}}, {{2}} is here' }],
    }
    const { business, client } = await connect([two, { ...notice, status: 'REJECTED' }])
    for (const [textTemplate, why] of [
      ['two', /does not have exactly one variable/],
      ['notice', /is not approved/],
      ['unknown', /is not approved/],
    ] as const) {
      await hermod.call('PUT', '/otp/services/default', { key: business.key, body: { textTemplate } })
      expectRefused(await client.send({ to: newNumber(), text: 'Welcome back' }), 400, why)
    }
  })
})

test('what is not confirmed in time is EXPIRED, is told once, and a late receipt still makes it DELIVERED', async () => {
  const { business, client } = await connect()
  const hook = await make(client.key, { format: 'connect-hub' })
  const to = newNumber()
  hermod.graph.control.rules.replace({ id: 'silent', when: { to }, callbacks: { statuses: ['sent'] } })
  const uuid = await client.sent(to, '482910')
  const statusIs = (wanted: string) =>
    until(
      async () => (await client.record(uuid)).body,
      ({ status }) => status === wanted,
      `${uuid} ${wanted}`,
    )
  const { wam_id: wamid } = await statusIs('SENT')
  expect((await client.list({ filter: { status: 'SENT' } })).body).toMatchObject({
    total: 1,
    list: [{ uuid }],
  })
  expect((await client.list({ filter: { status: 'EXPIRED' } })).body).toMatchObject({ total: 0, list: [] })

  // As if its time had passed.
  const id = uuidOfUlid(uuid)
  await sql.query(`update messages set expires_at = now() where id = $1`, [id])
  await sql.query(`update otp_sends set confirm_by = now() where message_id = $1`, [id])
  await statusIs('EXPIRED')
  expect((await client.list({ filter: { status: 'EXPIRED' } })).body).toMatchObject({
    total: 1,
    list: [{ uuid }],
  })
  expect((await client.list({ filter: { status: 'SENT' } })).body).toMatchObject({ total: 0, list: [] })
  const told = (wanted: string) =>
    hook
      .deliveries()
      .map(({ body }) => JSON.parse(body))
      .filter(({ status }) => status === wanted)
  await until(
    () => told('EXPIRED'),
    (records) => records.length > 0,
  )
  expect(told('EXPIRED')).toEqual([
    expect.objectContaining({ uuid, to, text: '••••••', delivery_timestamp: null }),
  ])

  await postCallback(hermod, statusCallback(business.phoneNumberId, [{ wamid, status: 'delivered', to }]))
  await statusIs('DELIVERED')
  await until(
    () => told('DELIVERED'),
    (records) => records.length === 1,
  )
  expect(told('EXPIRED')).toHaveLength(1)
})

test('without credits a send is a 402, and nothing is kept of it', async () => {
  const poor = await startTestService({ env: { CREDITS: 'enforced', CREDITS_START: '1' } })
  try {
    const { key } = await connectBusiness(poor, [codeTemplate])
    const client = await hubClient(poor, { key })
    await client.sent(newNumber(), '482910')
    expectRefused(await client.send({ to: newNumber(), text: '482910' }), 402, /credit/)
    expect((await client.list()).body.total).toBe(1)
  } finally {
    await poor.stop()
  }
})

test('a sender whose provider is away is a 503 that says when to try again', async () => {
  const { business, client } = await connect()
  await sql.query(`update sessions set breaker_until = now() + interval '1 minute' where id = $1`, [
    business.sessionId,
  ])
  const answer = await until(
    () => client.send({ to: newNumber(), text: '482910' }),
    ({ status }) => status === 503,
  )
  expectRefused(answer, 503, /./)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
})
