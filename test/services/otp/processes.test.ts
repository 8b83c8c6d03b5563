import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { approveCodeTemplate, connectBusiness } from '../../support/businesses.ts'
import { startProgram } from '../../support/program.ts'
import { startTestService, testSecretsKey, until, type TestService } from '../../support/service.ts'
import { connectSql } from '../../support/sql.ts'
import { startTcpProxy } from '../../support/tcp-proxy.ts'

// Codes in more than one process, and in processes that die.

let api: TestService
let second: TestService
beforeAll(async () => {
  const configure = (config: Config): Config => ({ ...config, role: 'api' })
  api = await startTestService({ configure })
  second = await startTestService({
    configure,
    env: { DATABASE_URL: api.databaseUrl, META_GRAPH_URL: api.graph.url },
  })
})
afterAll(async () => {
  await second.stop()
  await api.stop()
})

const both = (index: number): TestService => (index % 2 === 0 ? api : second)

function startWorker() {
  return startProgram('main', ['worker'], {
    DATABASE_URL: api.databaseUrl,
    SECRETS_KEY: testSecretsKey,
    META_GRAPH_URL: api.graph.url,
    OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8,::1/128',
    SEND_TIMEOUT_SECONDS: '1',
    SEND_LEASE_SECONDS: '2',
    UNKNOWN_SETTLE_SECONDS: '1',
    LOG_LEVEL: 'warn',
  })
}

test('two processes judge no more guesses than one, take a right code once, and send no more than the limit', async () => {
  const key = await api.register()
  const to = '16467770011'
  const body = { to, session: 'sandbox', code: '481516' }
  const { id } = (await api.call('POST', '/otp', { key, body })).body.data
  const guesses = await Promise.all(
    Array.from({ length: 60 }, (_, n) =>
      both(n).call('POST', '/otp/verify', { key, body: { id, code: String(200_000 + n) } }),
    ),
  )
  expect(guesses.filter((guess) => guess.body.data.reason === 'invalid')).toHaveLength(5)

  const right = (await second.call('POST', '/otp', { key, body: { ...body, challenge: 'right' } })).body.data
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      both(n).call('POST', '/otp/verify', { key, body: { id: right.id, code: '481516' } }),
    ),
  )
  expect(answers.filter((answer) => answer.body.data.valid)).toHaveLength(1)

  const limits = { limits: { number: [{ max: 4, seconds: 600 }] } }
  expect((await api.call('PUT', '/otp/services/tight', { key, body: limits })).status).toBe(200)
  const sends = await Promise.all(
    Array.from({ length: 30 }, (_, n) => {
      const request = { to: '16467770012', session: 'sandbox', service: 'tight', challenge: `c${n}` }
      return until(
        () => both(n).call('POST', '/otp', { key, body: request }),
        ({ status }) => status !== 404,
        'the service is known to both',
      )
    }),
  )
  expect(sends.filter(({ status }) => status === 201)).toHaveLength(4)
  expect(new Set(sends.map(({ status }) => status))).toEqual(new Set([201, 429]))
})

test('a worker that is killed between the send and its commit: the code that arrived verifies, and is the only one', async () => {
  const business = await connectBusiness(api, [])
  const { key } = business
  const to = '16467770013'
  await approveCodeTemplate(api, business)
  api.graph.control.rules.add({ when: { to, nth: 1 }, outcome: { kind: 'hang', accepted: true } })
  const worker = startWorker()
  const sent = await until(
    () => api.call('POST', '/otp', { key, body: { to } }),
    ({ status }) => status === 201,
    'the template is known',
  )
  await until(
    () => api.graph.control.ledger.byRecipient(to),
    (messages) => messages.length === 1,
    'the send',
  )
  await worker.ended('SIGKILL')
  const next = startWorker()
  const { messageId, id } = sent.body.data
  await api.messageUntil(key, messageId, ({ status }) => ['sent', 'delivered', 'read'].includes(status))
  const codes = api.graph.control.ledger.byRecipient(to).map(({ body }) => {
    const template: any = body?.['template']
    return String(template.components[0].parameters[0].text)
  })
  expect(codes.length).toBeLessThanOrEqual(2)
  expect(new Set(codes).size).toBe(1)
  const judged = await api.call('POST', '/otp/verify', { key, body: { id, code: codes[0] } })
  expect(judged.body.data.valid).toBe(true)
  await next.ended('SIGTERM')
})

test('changes of one service that come at once over two processes lose nothing of each other', async () => {
  const business = await connectBusiness(api, [])
  const { key } = business
  await api.call('PUT', '/otp/services/shop', { key, body: {} })
  const languages = ['de', 'es', 'fr', 'it', 'pt_BR', 'tr']
  const [numbers, ...made] = await Promise.all([
    api.call('PUT', '/otp/services/other', {
      key,
      body: { testNumbers: [{ number: '16467770020', code: '246810', expiresAt: '2099-01-01T00:00:00Z' }] },
    }),
    ...languages.map((language, n) =>
      both(n).call('POST', '/otp/services/shop/template', { key, body: { languages: [language] } }),
    ),
  ])
  expect([numbers.status, ...made.map(({ status }) => status)]).toEqual([200, ...languages.map(() => 201)])
  const service = await until(
    async () => (await second.call('GET', '/otp/services/shop', { key })).body.data,
    ({ templates }) => Object.keys(templates ?? {}).length === languages.length,
    'every language',
  )
  expect(Object.keys(service.templates).toSorted()).toEqual(languages)
})

test('a process whose clock is wrong by an hour keeps to the time of the database', async () => {
  const late = new Date(Date.now() + 3_600_000)
  const [ahead, behind] = await Promise.all(
    [late, new Date(Date.now() - 3_600_000)].map((at) => {
      const shiftMs = at.getTime() - Date.now()
      return startTestService({
        configure: (config) => ({ ...config, role: 'api' }),
        env: { DATABASE_URL: api.databaseUrl },
        overrides: { clock: { now: () => new Date(Date.now() + shiftMs) } },
      })
    }),
  )
  if (ahead === undefined || behind === undefined) throw new Error('two were started')
  const key = await api.register()
  const soon = new Date(Date.now() + 60_000).toISOString()
  const past = new Date(Date.now() - 60_000).toISOString()
  const testNumbers = [
    { number: '16467770021', code: '246810', expiresAt: soon },
    { number: '16467770022', code: '246810', expiresAt: past },
  ]
  await api.call('PUT', '/otp/services/tested', { key, body: { testNumbers } })
  for (const [process, challenge] of [
    [ahead, 'ahead'],
    [behind, 'behind'],
  ] as const) {
    const send = (to: string) =>
      process.call('POST', '/otp', { key, body: { to, service: 'tested', challenge, session: 'sandbox' } })
    const [live, over] = [await send('16467770021'), await send('16467770022')]
    expect([live.body.data.test, over.body.data.test]).toEqual([true, false])
    const { from, to } = (await process.call('GET', '/otp/analytics', { key })).body.data
    expect(to).toBe(new Date().toISOString().slice(0, 10))
    expect(Date.parse(to) - Date.parse(from)).toBe(30 * 24 * 3_600_000)
  }
  await Promise.all([ahead.stop(), behind.stop()])
})

test('a send whose limits cannot be counted is refused, and nothing leaves', async () => {
  const database = new URL(api.databaseUrl)
  const proxy = await startTcpProxy({ host: database.hostname, port: Number(database.port) })
  database.port = String(proxy.port)
  const away = await startTestService({
    configure: (config) => ({ ...config, role: 'api' }),
    env: { DATABASE_URL: String(database) },
  })
  const key = await away.register()
  const account = (await away.call('GET', '/auth/me', { key })).body.data
  const send = (number: string) =>
    away.call('POST', '/otp', { key, body: { to: number, session: 'sandbox', service: 'default' } })
  expect((await send('16467770023')).status).toBe(201)
  await proxy.cut()
  const refused = await send('16467770024')
  expect([refused.status, refused.body.code]).toEqual([503, 'unavailable'])
  expect(refused.headers.get('retry-after')).not.toBeNull()
  await proxy.mend()
  const sql = await connectSql(api.databaseUrl)
  const [row] = await sql.query('select count(*)::int as count from messages where account_id = $1', [
    account.id,
  ])
  expect(row?.['count']).toBe(1)
  await sql.end()
  await away.stop()
})
