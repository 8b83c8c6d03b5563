import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectBusiness } from '../../../support/businesses.ts'
import { startTestService, until, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'
import {
  appOf,
  expectRefused,
  newApp,
  newNumber,
  startCallbackServer,
  textTo,
  versions,
  type App,
  type CallbackServer,
} from './client.ts'

let hermod: TestService
let server: CallbackServer
let sql: Sql
beforeAll(async () => {
  hermod = await startTestService({ env: { CREDITS: 'enforced', CREDITS_START: '50' } })
  server = await startCallbackServer()
  sql = await connectSql(hermod.databaseUrl)
})
afterAll(async () => {
  await sql.end()
  await server.close()
  await hermod.stop()
})

async function send(app: App, body: Record<string, unknown>, version: 'v1' | 'v2' = 'v1') {
  const answer = await app.ask('send', body, version)
  expect([answer.status, answer.body]).toEqual([201, expect.objectContaining({ message: expect.anything() })])
  return answer.body
}

const codeTo = async (app: App, to: string): Promise<string> =>
  (await textTo(hermod, app, to)).split('\n')[0] ?? ''

/** The owner of a test key has a live one, which may change services. */
async function saveDefault(key: string, settings: Record<string, unknown>): Promise<void> {
  const answer = await hermod.call('PUT', '/otp/services/default', { key, body: settings })
  expect([answer.status, answer.body]).toEqual([200, expect.anything()])
}

/** A live account whose codes go through its sandbox, which costs credits as any sender does. */
async function newLiveApp(settings: Record<string, unknown> = {}): Promise<App> {
  const app = await newApp(hermod, 'live')
  await saveDefault(app.key, { session: 'sandbox', ...settings })
  return app
}

describe.each(versions)('%s', (version) => {
  test('the whole way: sent, called back, checked once', async () => {
    const app = await newApp(hermod)
    const msisdn = newNumber()
    const callback_url = `${server.url}/cb`
    const sent = await send(
      app,
      { msisdn: [msisdn], callback_url, lang_code: 'id', otp_length: '5' },
      version,
    )
    expect(sent).toMatchObject({ code: 201, status: 201, msisdn, try_count: 1 })
    expect(JSON.stringify(sent)).not.toContain(await codeTo(app, msisdn))
    await server.statusesOf(sent.session_id, [1, 2, 3])
    const code = await codeTo(app, msisdn)
    expect(code).toMatch(/^\d{5}$/)
    const wrong = code === '12345' ? '12346' : '12345'
    expectRefused(await app.ask('verify', { msisdn, otp: wrong }, version), 404, 'OTP not found')
    const right = await app.ask('verify', { msisdn: Number(msisdn), otp: code }, version)
    expect([right.status, right.body]).toEqual([
      200,
      {
        message: 'OTP has been verified',
        code: 200,
        status: 200,
        msisdn,
        session_id: sent.session_id,
        try_count: 2,
      },
    ])
    expectRefused(await app.ask('verify', { msisdn, otp: code }, version), 404, 'OTP not found')
    const told = await server.statusesOf(sent.session_id, [1, 2, 3, 4, 5])
    expect(told.filter((status) => status <= 3)).toEqual([1, 2, 3])
    expect(told.toSorted((one, other) => one - other)).toEqual([1, 2, 3, 4, 5])
  })
})

test('a life is kept within its bounds, and 300 seconds by default', async () => {
  const app = await newApp(hermod)
  const lives = [
    [undefined, 300],
    ['60', 60],
    [5, 60],
    ['86400', 600],
  ] as const
  for (const [time_limit, seconds] of lives) {
    const { session_id } = await send(app, { msisdn: newNumber(), time_limit })
    const { body } = await hermod.call('GET', `/otp/${session_id}`, { key: app.key })
    const { createdAt, expiresAt } = body.data
    expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(seconds * 1_000)
  }
})

test('a code is checked under its challenge only, and one whose time is over is a 422', async () => {
  const app = await newApp(hermod)
  const msisdn = newNumber()
  const { session_id } = await send(app, { msisdn, challenge: 'signup', otp: 'AB12cd' })
  expectRefused(await app.ask('verify', { msisdn, otp: 'AB12cd' }), 404, 'OTP not found')
  await sql.query(`update otp_verifications set expires_at = now() - interval '1 second' where id = $1`, [
    session_id,
  ])
  const late = await app.ask('verify', { msisdn, otp: 'AB12cd', challenge: 'signup' })
  expectRefused(late, 422, 'OTP cannot be verified because Time limit exceeded')
})

test('too many wrong codes end a code', async () => {
  const app = await newApp(hermod)
  const msisdn = newNumber()
  await send(app, { msisdn, otp: '135790' })
  for (let guess = 0; guess < 5; guess += 1) {
    expectRefused(await app.ask('verify', { msisdn, otp: '000000' }), 404, 'OTP not found')
  }
  expectRefused(await app.ask('verify', { msisdn, otp: '135790' }), 422, /Attempt limit exceeded/)
})

test('a second send waits, and sends the same code again with a try more', async () => {
  const app = await newLiveApp({ resendWaitSeconds: [0] })
  const msisdn = newNumber()
  const first = await send(app, { msisdn })
  const code = await codeTo(app, msisdn)
  const second = await send(app, { msisdn })
  expect(second).toMatchObject({ session_id: first.session_id, try_count: 2 })
  expect(await codeTo(app, msisdn)).toBe(code)

  const strict = await newLiveApp({ resendWaitSeconds: [60] })
  await send(strict, { msisdn })
  const early = await strict.ask('send', { msisdn })
  expectRefused(early, 429, 'Too many request in the allowed time frame')
  expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(0)
})

describe('content', () => {
  test('takes its places in the text of the service, also when the code is sent again', async () => {
    const app = await newLiveApp({
      resendWaitSeconds: [0],
      texts: { en: '{code} is your code for {{1}}. Use it in {{2}}.{{3}}' },
    })
    const msisdn = newNumber()
    const sent = await send(app, { msisdn, otp: '135790', content: ['Registration $&', '{code} minutes'] })
    expect(sent.note).toBeUndefined()
    const text = '135790 is your code for Registration $&. Use it in 135790 minutes.'
    expect(await textTo(hermod, app, msisdn)).toBe(text)
    const again = await hermod.call('POST', `/otp/${sent.session_id}/resend`, { key: app.key })
    expect([again.status, await textTo(hermod, app, msisdn)]).toEqual([201, text])
  })

  test('that has no place is noted in the answer', async () => {
    const app = await newApp(hermod)
    const sent = await send(app, { msisdn: newNumber(), content: 'Registration' })
    expect(sent.note).toContain('no {{1}}')
  })
})

/** The template messages that Meta took for a number. */
const handedOver = (to: string): Promise<any[]> =>
  until(
    () => hermod.graph.control.ledger.byRecipient(to).map(({ body }) => body?.['template']),
    (found) => found.length > 0,
    `a template to ${to}`,
  )

async function cloudApp(templates: Record<string, unknown>[]): Promise<App> {
  const { key, accountId } = await connectBusiness(hermod, templates)
  return appOf(hermod, { accountId, key })
}

const authentication = {
  name: 'login_code',
  language: 'en_US',
  category: 'AUTHENTICATION',
  components: [
    { type: 'BODY', text: '*{{1}}* is your verification code.' },
    {
      type: 'BUTTONS',
      buttons: [{ type: 'URL', text: 'Copy code', url: 'https://www.whatsapp.com/otp/code/?code=otp{{1}}' }],
    },
  ],
}
const utility = {
  name: 'code_for',
  language: 'id',
  category: 'UTILITY',
  components: [{ type: 'BODY', text: 'For {{1}}: your code is {{2}}.' }],
}

describe('over a Cloud number', () => {
  test('without a template it is a 400 that names the call', async () => {
    const app = await cloudApp([])
    const answer = await app.ask('send', { msisdn: newNumber() })
    expectRefused(answer, 400, /POST \/otp\/services\/default\/template/)
  })

  test('an authentication template has the code alone, and the answer notes that content is not shown', async () => {
    const app = await cloudApp([authentication])
    const msisdn = newNumber()
    const sent = await send(app, { msisdn, otp: 246810, content: ['Registration'], lang_code: 'xx' })
    expect(sent.note).toMatch(/Meta/)
    const [template] = await handedOver(msisdn)
    expect([template.language.code, template.components[0].parameters]).toEqual([
      'en_US',
      [{ type: 'text', text: '246810' }],
    ])
    const named = await send(app, { msisdn: newNumber(), template_name: 'login_code', content: ['x'] })
    expect(named.note).toMatch(/Meta/)
  })

  test('a utility template by its name has content and the code in its places', async () => {
    const app = await cloudApp([utility])
    const msisdn = newNumber()
    const body = { msisdn, template_name: 'code_for', otp: '246810', content: ['Registration'] }
    await send(app, body)
    const [template] = await handedOver(msisdn)
    expect([template.name, template.language.code]).toEqual(['code_for', 'id'])
    expect(template.components).toEqual([
      {
        type: 'body',
        parameters: [
          { type: 'text', text: 'Registration' },
          { type: 'text', text: '246810' },
        ],
      },
    ])
    const misfit = await app.ask('send', { ...body, msisdn: newNumber(), content: ['a', 'b'] })
    expectRefused(misfit, 400, /template_name "code_for" has 2 places/)
    const nameless = await app.ask('send', { ...body, msisdn: newNumber(), template_name: 'nothing' })
    expectRefused(nameless, 400, /no approved template named "nothing"/)
  })

  test('a code that Meta refuses is told by callback 6', async () => {
    const app = await cloudApp([utility])
    const msisdn = newNumber()
    hermod.graph.control.rules.add({ when: { to: msisdn }, outcome: { kind: 'error', code: 131_026 } })
    const callback_url = `${server.url}/failed`
    const body = { msisdn, template_name: 'code_for', content: ['x'], callback_url }
    const { session_id } = await send(app, body)
    expect(await server.statusesOf(session_id, [6])).toEqual([6])
  })
})

test('no sender, no credits, blocked numbers and limits are told in the words of this API', async () => {
  const nobody = await newApp(hermod, 'live')
  expectRefused(await nobody.ask('send', { msisdn: newNumber() }), 400, /^Validation error: .*credentials/i)

  const poor = await cloudApp([utility])
  const body = { template_name: 'code_for', content: ['x'] }
  await sql.query('update accounts set credits = 0 where id = $1', [poor.accountId])
  expectRefused(await poor.ask('send', { ...body, msisdn: newNumber() }), 403, 'Quota insufficient')

  const picky = await newLiveApp({ allowedCountries: ['DE'] })
  const blocked = 'Msisdn invalid: msisdn has been blocked'
  expectRefused(await picky.ask('send', { msisdn: newNumber() }), 409, blocked)

  const fraud = await newLiveApp({ fraud: 'enforce' })
  const msisdn = newNumber()
  await sql.query(
    `insert into otp_blocks (account_id, prefix, reason, until) values ($1, $2, 'number_range_abuse', now() + interval '1 hour')`,
    [fraud.accountId, msisdn.slice(0, -4)],
  )
  expectRefused(await fraud.ask('send', { msisdn }), 409, blocked)

  const limits = { number: [{ max: 1, seconds: 3_600 }] }
  const limited = await newLiveApp({ limits, resendWaitSeconds: [0] })
  const one = newNumber()
  await send(limited, { msisdn: one })
  const second = await limited.ask('send', { msisdn: one })
  expectRefused(second, 429, 'Too many request in the allowed time frame')
  expect(Number(second.headers.get('retry-after'))).toBeGreaterThan(0)
})

test('callback URLs without a scheme are https; those that differ in their query share an endpoint', async () => {
  const app = await newApp(hermod)
  const host = server.url.replace('http://', '')
  for (const path of ['cb?a=1', 'cb?a=2', 'cb']) {
    await send(app, { msisdn: newNumber(), callback_url: `${host}/${path}` })
  }
  const rows = await sql.query('select url from webhook_endpoints where account_id = $1', [app.accountId])
  expect(rows).toEqual([{ url: `https://${host}/cb` }])
})

test('no code stands in the database, the answers or the callbacks in clear', async () => {
  const app = await newLiveApp({ texts: { en: '{code}: {{1}}' }, resendWaitSeconds: [0] })
  const msisdn = newNumber()
  const otp = '97531086420'
  const { session_id } = await send(app, {
    msisdn,
    otp,
    content: [`Your ${otp}`],
    callback_url: `${server.url}/secret`,
  })
  await server.statusesOf(session_id, [1, 2, 3])
  const tables = [
    'messages',
    'otp_verifications',
    'otp_sends',
    'webhook_events',
    'webhook_deliveries',
    'message_events',
  ]
  for (const table of tables) {
    const rows = await sql.query(`select row_to_json(t)::text as text from ${table} t`)
    expect(rows.filter((row) => String(row['text']).includes(otp))).toEqual([])
  }
  expect(server.calls.join('\n')).not.toContain(otp)
})
