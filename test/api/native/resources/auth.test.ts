import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inboundCallback, postCallback } from '../../../support/callbacks.ts'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { startTestService, until, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'

let hermod: TestService
let sql: Sql
beforeAll(async () => {
  // As it comes out of the box.
  hermod = await startTestService({ env: { DEFAULT_PLAN: '' } })
  sql = await connectSql(hermod.databaseUrl)
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

const ana = { name: 'Ana', email: 'ana@example.com' }
const phoneNumberId = '106540352242922'
const accessToken = 'EAAtesttoken'
const credentials = { whatsappAccessToken: accessToken, whatsappPhoneNumberId: phoneNumberId }

async function me(key: string): Promise<{ [field: string]: unknown }> {
  return (await hermod.call('GET', '/auth/me', { key })).body.data
}

describe('registration', () => {
  test('gives a key of the documented form, once, and an account that sees itself', async () => {
    const answer = await hermod.call('POST', '/auth/register', { body: ana })
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      success: true,
      data: {
        apiKey: expect.stringMatching(/^sk_live_[0-9a-f]{48}$/),
        plan: 'enterprise',
        accountId: expect.any(String),
      },
    })
    const seen = await hermod.call('GET', '/auth/me', { key: answer.body.data.apiKey })
    expect(seen.body).toEqual({
      success: true,
      data: {
        id: answer.body.data.accountId,
        ...ana,
        plan: 'enterprise',
        messagesSent: 0,
        byocConfigured: false,
        webhookUrl: null,
        credits: 0,
        createdAt: expect.any(String),
      },
    })
    expect(JSON.stringify(seen.body)).not.toContain(answer.body.data.apiKey.slice('sk_live_'.length))
  })

  test('twice with the same e-mail address gives two accounts that know nothing of one another', async () => {
    const [first, second] = [await hermod.register(), await hermod.register()]
    expect((await me(first))['id']).not.toBe((await me(second))['id'])
  })

  const token = 'a-long-registration-token'
  test.each<[mode: string, env: Record<string, string>, header: string | null, status: number]>([
    ['open', { REGISTRATION: 'open' }, null, 201],
    ['token', { REGISTRATION: 'token', REGISTRATION_TOKEN: token }, token, 201],
    ['token', { REGISTRATION: 'token', REGISTRATION_TOKEN: token }, null, 403],
    ['token', { REGISTRATION: 'token', REGISTRATION_TOKEN: token }, '', 403],
    ['token', { REGISTRATION: 'token', REGISTRATION_TOKEN: token }, `${token}!`, 403],
    ['closed', { REGISTRATION: 'closed' }, null, 403],
    ['closed', { REGISTRATION: 'closed', REGISTRATION_TOKEN: token }, token, 403],
  ])('in the mode %s, %j, with the token %j, answers %i', async (_mode, env, header, status) => {
    const other = await startTestService({ env })
    const headers: Record<string, string> = header === null ? {} : { 'x-registration-token': header }
    const answer = await other.call('POST', '/auth/register', { body: ana, headers })
    await other.stop()
    expect(answer.status).toBe(status)
    if (status === 403) expectRefusal(answer, { status, code: 'registration_closed' })
  })

  test('gives the plan that the operator chose', async () => {
    const other = await startTestService({ env: { DEFAULT_PLAN: 'free' } })
    const answer = await other.call('POST', '/auth/register', { body: ana })
    await other.stop()
    expect(answer.body.data.plan).toBe('free')
  })
})

describe('an account', () => {
  test('sees how many messages a provider took, whether it is connected, and its webhook', async () => {
    const key = await hermod.connect()
    const webhook = `${hermod.receiver.url}/me`
    await hermod.call('PUT', '/auth/me/webhook', { key, body: { url: webhook } })
    const send = (to: string) => hermod.call('POST', '/send-message', { key, body: { to, message: 'Hi' } })
    hermod.graph.control.rules.add({ when: { to: '14155550009' }, outcome: { kind: 'error', code: 131_026 } })
    for (const to of ['14155552671', '14155552672', '14155550009']) {
      const { id } = (await send(to)).body.data
      await hermod.messageUntil(key, id, ({ status }) => status === 'read' || status === 'failed')
    }
    hermod.graph.control.rules.clear()
    expect(await me(key)).toMatchObject({
      messagesSent: 2,
      byocConfigured: true,
      webhookUrl: webhook,
      credits: 0,
    })
  })

  test('that was deactivated is refused with 403, and let in again when it is activated', async () => {
    const key = await hermod.register()
    const { id } = await me(key)
    const setState = (state: string) => sql.query('update accounts set state = $1 where id = $2', [state, id])
    const call = () => hermod.call('GET', '/auth/me', { key })
    await setState('deactivated')
    const refused = await until(call, ({ status }) => status !== 200, 'the refusal', 3_000)
    expectRefusal(refused, { status: 403, code: 'account_deactivated' })
    await setState('active')
    await until(call, ({ status }) => status === 200, 'the account to be let in again', 3_000)
  })
})

describe('a key', () => {
  test.each([
    ['expired', `update api_keys set expires_at = now() - interval '1 second' where account_id = $1`],
    ['was revoked', 'update api_keys set revoked_at = now() where account_id = $1'],
    ['was deleted', 'delete from api_keys where account_id = $1'],
  ])('that %s is refused with 401, though it was good a moment ago', async (_what, statement) => {
    const key = await hermod.register()
    const { id } = await me(key)
    await sql.query(statement, [id])
    const refused = await until(
      () => hermod.call('GET', '/auth/me', { key }),
      ({ status }) => status !== 200,
      'the refusal',
      3_000,
    )
    expectRefusal(refused, { status: 401, code: 'invalid_api_key' })
  })

  test('that expires later is good', async () => {
    const key = await hermod.register()
    const { id } = await me(key)
    await sql.query(`update api_keys set expires_at = now() + interval '1 hour' where account_id = $1`, [id])
    expect((await hermod.call('GET', '/auth/me', { key })).status).toBe(200)
  })

  test('is taken whatever the case of the scheme', async () => {
    const key = await hermod.register()
    const answer = await hermod.call('GET', '/auth/me', { headers: { authorization: `bearer ${key}` } })
    expect(answer.status).toBe(200)
  })
})

describe('the webhook URL', () => {
  test('is set, replaced with a new secret, and removed', async () => {
    const key = await hermod.register()
    const set = (path: string) =>
      hermod.call('PUT', '/auth/me/webhook', { key, body: { url: `${hermod.receiver.url}${path}` } })
    const [first, second] = [await set('/one'), await set('/two')]
    for (const [answer, path] of [
      [first, '/one'],
      [second, '/two'],
    ] as const) {
      expect(answer.status).toBe(200)
      expect(answer.body).toEqual({
        success: true,
        data: {
          webhookUrl: `${hermod.receiver.url}${path}`,
          secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
        },
      })
    }
    expect(second.body.data.secret).not.toBe(first.body.data.secret)
    expect(await me(key)).toMatchObject({ webhookUrl: `${hermod.receiver.url}/two` })

    const removed = await hermod.call('DELETE', '/auth/me/webhook', { key })
    expect(removed).toMatchObject({ status: 200, body: { success: true, data: { webhookUrl: null } } })
    expect(await me(key)).toMatchObject({ webhookUrl: null })
    const again = await hermod.call('DELETE', '/auth/me/webhook', { key })
    expectRefusal(again, { status: 404, code: 'not_found' })
  })

  test('set fifty times at once is one webhook', async () => {
    const key = await hermod.register()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        hermod.call('PUT', '/auth/me/webhook', { key, body: { url: `${hermod.receiver.url}/${index}` } }),
      ),
    )
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    const { id } = await me(key)
    expect(await sql.query('select 1 from webhook_endpoints where account_id = $1', [id])).toHaveLength(1)
  })
})

describe('a webhook URL that leads into the operator’s network', () => {
  let guarded: TestService
  beforeAll(async () => {
    guarded = await startTestService({ env: { OUTBOUND_ALLOW_CIDRS: '' } })
  })
  afterAll(() => guarded.stop())

  test.each([
    // This host
    'https://127.0.0.1/hook',
    'https://127.8.9.10/hook',
    'https://0.0.0.0/hook',
    'https://0.1.2.3/hook',
    'https://[::1]/hook',
    'https://[::]/hook',
    'https://localhost/hook',
    'https://LOCALHOST:8443/hook',
    'https://localhost./hook',
    'https://api.localhost/hook',
    // Private, shared, link-local and reserved
    'https://10.0.0.1/hook',
    'https://172.16.0.1/hook',
    'https://172.31.255.255/hook',
    'https://192.168.1.1/hook',
    'https://100.64.0.1/hook',
    'https://169.254.169.254/latest/meta-data',
    'https://192.0.0.1/hook',
    'https://192.0.2.1/hook',
    'https://198.18.0.1/hook',
    'https://198.51.100.1/hook',
    'https://203.0.113.1/hook',
    'https://224.0.0.1/hook',
    'https://240.0.0.1/hook',
    'https://255.255.255.255/hook',
    'https://[fc00::1]/hook',
    'https://[fd12:3456::1]/hook',
    'https://[fe80::1]/hook',
    'https://[fec0::1]/hook',
    'https://[ff02::1]/hook',
    'https://[100::1]/hook',
    'https://[2001:db8::1]/hook',
    // IPv4 written otherwise
    'https://2130706433/hook',
    'https://0x7f000001/hook',
    'https://0x7f.1/hook',
    'https://017700000001/hook',
    'https://0177.0.0.1/hook',
    'https://127.1/hook',
    'https://127.0.0.1./hook',
    'https://①②⑦.⓪.⓪.①/hook',
    'https://3232235777/hook',
    // IPv4 within IPv6: mapped, compatible, translated (NAT64), 6to4, Teredo
    'https://[::ffff:127.0.0.1]/hook',
    'https://[::ffff:10.0.0.1]/hook',
    'https://[::ffff:8.8.8.8]/hook',
    'https://[::127.0.0.1]/hook',
    'https://[64:ff9b::7f00:1]/hook',
    'https://[64:ff9b::a00:1]/hook',
    'https://[64:ff9b:1::1]/hook',
    'https://[2002:7f00:1::]/hook',
    'https://[2001::7f00:1]/hook',
    // Not plain https
    'http://example.com/hook',
    'http://127.0.0.1/hook',
    'ftp://example.com/hook',
    'file:///etc/passwd',
    'gopher://example.com/',
    'data:text/plain,hook',
    'javascript:alert(1)',
    '//example.com/hook',
    '/hook',
    'example.com/hook',
    'https://',
    'https://exa mple.com/hook',
    // With a user
    'https://user@example.com/hook',
    'https://user:password@example.com/hook',
    'https://example.com@127.0.0.1/hook',
  ])('%s is refused', async (url) => {
    const key = await guarded.register()
    const answer = await guarded.call('PUT', '/auth/me/webhook', { key, body: { url } })
    expectInvalid(answer, 'body.url')
    const seen = await guarded.call('GET', '/auth/me', { key })
    expect(seen.body.data.webhookUrl).toBeNull()
  })

  test('a public one is taken', async () => {
    const key = await guarded.register()
    const url = 'https://8.8.8.8/hook'
    const answer = await guarded.call('PUT', '/auth/me/webhook', { key, body: { url } })
    expect(answer).toMatchObject({ status: 200, body: { data: { webhookUrl: url } } })
  })
})

describe('the Meta credentials', () => {
  const verify = (key: string) => hermod.call('POST', '/auth/me/credentials/verify', { key })
  const save = (key: string, body: Record<string, string> = credentials) =>
    hermod.call('PUT', '/auth/me/credentials', { key, body })

  test('are saved, proven, and removed; the token is never shown again', async () => {
    const key = await hermod.register()
    const saved = await save(key)
    expect(saved.status).toBe(200)
    expect(saved.body).toEqual({
      success: true,
      data: {
        byocConfigured: true,
        sessionId: expect.any(String),
        callbackUrl: `${hermod.url}/webhooks/whatsapp/${saved.body.data.sessionId}`,
      },
    })
    expect(await me(key)).toMatchObject({ byocConfigured: true })

    const verified = await verify(key)
    expect(verified.status).toBe(200)
    expect(verified.body).toEqual({
      success: true,
      data: {
        verified: true,
        displayPhoneNumber: '+1 555-078-3881',
        verifiedName: 'Jaspers Market',
        qualityRating: 'GREEN',
      },
    })

    const removed = await hermod.call('DELETE', '/auth/me/credentials', { key })
    expect(removed).toMatchObject({ status: 200, body: { success: true, data: { byocConfigured: false } } })
    expect(await me(key)).toMatchObject({ byocConfigured: false })
    const missing = { status: 409, code: 'credentials_missing' } as const
    expectRefusal(await verify(key), missing)
    const body = { to: '14155552671', message: 'Hi' }
    expectRefusal(await hermod.call('POST', '/send-message', { key, body }), missing)
    const again = await hermod.call('DELETE', '/auth/me/credentials', { key })
    expectRefusal(again, { status: 404, code: 'not_found' })
  })

  test('keep their session when they are saved again, and come back after they were removed', async () => {
    const key = await hermod.register()
    const first = await save(key)
    const second = await save(key)
    await hermod.call('DELETE', '/auth/me/credentials', { key })
    const third = await save(key)
    const ids = [first, second, third].map((answer) => answer.body.data.sessionId)
    expect(new Set(ids).size).toBe(1)
    expect((await verify(key)).status).toBe(200)
  })

  test('that were not saved cannot be proven', async () => {
    expectRefusal(await verify(await hermod.register()), { status: 409, code: 'credentials_missing' })
  })

  test.each([
    ['a token that Meta does not know', { ...credentials, whatsappAccessToken: 'EAAwrong' }, /access token/i],
    [
      'a number that the token may not use',
      { ...credentials, whatsappPhoneNumberId: '999' },
      /999|does not exist/i,
    ],
  ])('with %s are refused with 422 and Meta’s words', async (_what, body, words) => {
    const key = await hermod.register()
    await save(key, body)
    const answer = await verify(key)
    expectRefusal(answer, { status: 422, code: 'credentials_rejected' })
    expect(answer.body.error).toMatch(words)
    expect(answer.body.error).not.toContain('EAAwrong')
  })

  test('that expired stop their sender, which goes again once they are mended and proven', async () => {
    const fresh = { whatsappAccessToken: 'EAAexpiring', whatsappPhoneNumberId: '400000000000004' }
    hermod.graph.control.addPhone({ id: fresh.whatsappPhoneNumberId, tokens: [fresh.whatsappAccessToken] })
    const key = await hermod.register()
    await save(key, fresh)
    const send = () =>
      hermod.call('POST', '/send-message', { key, body: { to: '14155552671', message: 'Hi' } })

    hermod.graph.control.expireToken(fresh.whatsappAccessToken)
    const failed = await hermod.messageUntil(
      key,
      (await send()).body.data.id,
      ({ status }) => status === 'failed',
    )
    expect(failed).toMatchObject({ errorCode: 'auth_failed' })
    const stopped = await until(send, ({ status }) => status !== 202, 'the sender to stop', 5_000)
    expectRefusal(stopped, { status: 409, code: 'session_stopped' })
    expectRefusal(await verify(key), { status: 422, code: 'credentials_rejected' })

    hermod.graph.control.renewToken(fresh.whatsappAccessToken)
    expect((await verify(key)).status).toBe(200)
    const sent = await send()
    await hermod.messageUntil(key, sent.body.data.id, ({ status }) => status === 'read')
  })

  test('cannot be proven while Meta does not answer: 503, and when to try again', async () => {
    const key = await hermod.connect()
    for (const outcome of [
      { kind: 'drop', accepted: false },
      { kind: 'html', status: 502 },
      { kind: 'hang', accepted: false },
    ] as const) {
      hermod.graph.control.rules.replace({ when: { endpoint: 'phone' }, outcome })
      const answer = await verify(key)
      expectRefusal(answer, { status: 503, code: 'provider_unreachable' })
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    hermod.graph.control.rules.clear()
    expect((await verify(key)).status).toBe(200)
  })

  test('bring in what customers send only from the moment they are proven', async () => {
    const fresh = { whatsappAccessToken: 'EAAproven', whatsappPhoneNumberId: '500000000000005' }
    hermod.graph.control.addPhone({ id: fresh.whatsappPhoneNumberId, tokens: [fresh.whatsappAccessToken] })
    const key = await hermod.register()
    await save(key, fresh)
    const inbound = async () => (await hermod.call('GET', '/messages?direction=inbound', { key })).body.data
    await postCallback(hermod, inboundCallback(fresh.whatsappPhoneNumberId, 'wamid.unproven'))
    expect(await inbound()).toEqual([])
    await verify(key)
    await postCallback(hermod, inboundCallback(fresh.whatsappPhoneNumberId, 'wamid.proven'))
    expect(await inbound()).toMatchObject([{ externalId: 'wamid.proven' }])
  })

  test('say where Meta shall call, by the operator’s public URL', async () => {
    const other = await startTestService({ env: { PUBLIC_URL: 'https://hermod.example.com/' } })
    const key = await other.register()
    const saved = await other.call('PUT', '/auth/me/credentials', { key, body: credentials })
    await other.stop()
    expect(saved.body.data.callbackUrl).toBe(
      `https://hermod.example.com/webhooks/whatsapp/${saved.body.data.sessionId}`,
    )
  })
})
