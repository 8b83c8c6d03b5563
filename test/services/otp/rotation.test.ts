import { afterAll, beforeAll, expect, test } from 'vitest'
import { runAdmin } from '../../support/admin.ts'
import { startTestService, testSecretsKey, type TestService } from '../../support/service.ts'

// Codes that are pending while SECRETS_KEY is rotated.

const newKey = Buffer.alloc(32, 9).toString('base64')
let before: TestService
beforeAll(async () => {
  before = await startTestService()
})
afterAll(() => before.stop())

const on = (databaseUrl: string, keys: string): Promise<TestService> =>
  startTestService({ env: { DATABASE_URL: databaseUrl, SECRETS_KEY: keys } })

const ask = (service: TestService, key: string, path: string, body: object, headers = {}) =>
  service.call('POST', path, { key, body, headers })

test('pending codes verify and are sent again during a rotation, and after the older key is gone', async () => {
  const key = await before.register()
  const settings = { resendWaitSeconds: [0], session: 'sandbox' }
  await before.call('PUT', '/otp/services/default', { key, body: settings })
  const numbers = ['14157770011', '14157780011', '14157790011']
  const once = { to: '14157760011' }
  const headers = { 'idempotency-key': 'once' }
  const first = await ask(before, key, '/otp', once, headers)
  for (const to of numbers) expect((await ask(before, key, '/otp', { to, code: '602214' })).status).toBe(201)
  const [during = '', after = '', resent = ''] = numbers

  const both = await on(before.databaseUrl, `${newKey},${testSecretsKey}`)
  expect((await ask(both, key, '/otp/verify', { to: during, code: '602214' })).body.data.valid).toBe(true)
  expect((await ask(both, key, '/otp', once, headers)).body.data).toEqual(first.body.data)
  const env = { DATABASE_URL: before.databaseUrl, SECRETS_KEY: `${newKey},${testSecretsKey}` }
  expect((await runAdmin(env, 'secrets', 'rotate')).code).toBe(0)
  await both.stop()

  const alone = await on(before.databaseUrl, newKey)
  try {
    const wrong = await ask(alone, key, '/otp/verify', { to: after, code: '000000' })
    expect(wrong.body.data).toMatchObject({ valid: false, reason: 'invalid', attemptsLeft: 4 })
    expect((await ask(alone, key, '/otp/verify', { to: after, code: '602214' })).body.data.valid).toBe(true)
    const again = await ask(alone, key, '/otp', { to: resent })
    expect([again.status, again.body.data.resent]).toEqual([201, true])
    const message = await alone.messageUntil(
      key,
      again.body.data.messageId,
      ({ status }) => status === 'read',
    )
    expect(message['body']).toContain('602214')
    expect((await ask(alone, key, '/otp/verify', { to: resent, code: '602214' })).body.data.valid).toBe(true)

    // A process that still runs with the older key alone: its codes are void, and the next send makes another.
    const to = '14157750011'
    const lost = await ask(before, key, '/otp', { to, code: '602214' })
    const judged = await ask(alone, key, '/otp/verify', { to, code: '602214' })
    expect([judged.status, judged.body.data]).toMatchObject([200, { valid: false, reason: 'expired' }])
    const fresh = await ask(alone, key, '/otp', { to })
    expect([fresh.status, fresh.body.data.id === lost.body.data.id]).toEqual([201, false])
  } finally {
    await alone.stop()
  }
})
