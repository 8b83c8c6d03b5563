import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Config } from '../../../src/config/config.ts'
import { approveCodeTemplate, connectBusiness } from '../../support/businesses.ts'
import { startProgram } from '../../support/program.ts'
import { startTestService, testSecretsKey, until, type TestService } from '../../support/service.ts'

// Codes in more than one process, and in processes that die.

let api: TestService
let second: TestService
beforeAll(async () => {
  const configure = (config: Config): Config => ({ ...config, role: 'api' })
  api = await startTestService({ configure })
  second = await startTestService({ configure, env: { DATABASE_URL: api.databaseUrl } })
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
