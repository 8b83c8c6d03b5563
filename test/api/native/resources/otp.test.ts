import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../../../support/service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
})
afterAll(() => service.stop())

let numbers = 0
/** A number that nobody else uses, in a prefix of its own. */
function newNumber(): string {
  numbers += 1
  return `1415${String(2_000_000 + numbers * 10_000 + 11)}`
}

interface Sent {
  id: string
  messageId: string
  [field: string]: unknown
}

async function send(key: string, body: Record<string, unknown>): Promise<Sent> {
  const answer = await service.call('POST', '/otp', { key, body: { session: 'sandbox', ...body } })
  expect([answer.status, answer.body]).toEqual([201, expect.objectContaining({ success: true })])
  return answer.body.data
}

/** The code as the person reads it: the sandbox shows the message. */
async function codeIn(key: string, { messageId }: Sent): Promise<string> {
  const message = await service.call('GET', `/messages/${messageId}`, { key })
  return String(message.body.data.body).split('\n')[0] ?? ''
}

const verify = (key: string, body: Record<string, unknown>) =>
  service.call('POST', '/otp/verify', { key, body })

/** Saves a service, all else by default. */
async function save(key: string, name: string, settings: Record<string, unknown>) {
  const answer = await service.call('PUT', `/otp/services/${name}`, { key, body: settings })
  expect([answer.status, answer.body]).toEqual([200, expect.objectContaining({ success: true })])
  return answer.body.data
}

/** Another code of the same length. */
const wrong = (code: string): string =>
  String((Number(code) + 1) % 10 ** code.length).padStart(code.length, '0')

describe('sending and checking', () => {
  test('a code that was sent is verified once, and the sandbox shows it', async () => {
    const key = await service.register()
    const to = newNumber()
    const sent = await send(key, { to: `+${to}` })
    expect(sent).toEqual({
      id: expect.any(String),
      to,
      status: 'pending',
      channel: 'sandbox',
      session: expect.any(String),
      locale: 'en',
      expiresAt: expect.any(String),
      expiresInSeconds: 300,
      resendAfterSeconds: 30,
      sendsLeft: 4,
      messageId: expect.any(String),
      resent: false,
      test: false,
      warnings: [],
    })
    const code = await codeIn(key, sent)
    expect(code).toMatch(/^\d{6}$/)
    expect((await verify(key, { to, code: wrong(code) })).body.data).toEqual({
      id: sent.id,
      valid: false,
      status: 'pending',
      reason: 'invalid',
      attemptsLeft: 4,
    })
    expect((await verify(key, { to, code: `${code.slice(0, 3)} ${code.slice(3)}` })).body.data).toEqual({
      id: sent.id,
      valid: true,
      status: 'verified',
      attemptsLeft: 3,
    })
    const again = await verify(key, { id: sent.id, code })
    expect(again.body.data).toEqual(
      expect.objectContaining({ valid: false, status: 'verified', reason: 'already_used', attemptsLeft: 0 }),
    )
  })

  test('each way to give the wrong thing has its own reason, and what is unknown the same 404', async () => {
    const key = await service.register()
    const [to, other] = [newNumber(), newNumber()]
    const sent = await send(key, { to, challenge: 'login' })
    const code = await codeIn(key, sent)
    const stranger = await service.register()
    const unknown = await Promise.all([
      verify(key, { to, code }),
      verify(key, { to, code, challenge: 'payment' }),
      verify(key, { to: other, code, challenge: 'login' }),
      verify(key, { id: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59', code }),
      verify(stranger, { to, code, challenge: 'login' }),
      verify(stranger, { id: sent.id, code }),
      service.call('GET', `/otp/${sent.id}`, { key: stranger }),
      service.call('DELETE', `/otp/${sent.id}`, { key: stranger }),
      service.call('POST', `/otp/${sent.id}/resend`, { key: stranger }),
    ])
    const shapes = unknown.map(({ status, body: { requestId: _, ...body } }) =>
      JSON.stringify({ status, body }),
    )
    expect([...new Set(shapes)]).toEqual([
      JSON.stringify({
        status: 404,
        body: {
          success: false,
          error: 'There is no such verification in your account.',
          code: 'otp_not_found',
        },
      }),
    ])
    for (let left = 4; left >= 0; left -= 1) {
      const { body } = await verify(key, { id: sent.id, code: wrong(code) })
      expect(body.data).toEqual(
        expect.objectContaining({
          reason: 'invalid',
          attemptsLeft: left,
          status: left > 0 ? 'pending' : 'max_attempts',
        }),
      )
    }
    expect((await verify(key, { id: sent.id, code })).body.data).toEqual(
      expect.objectContaining({ valid: false, reason: 'max_attempts', status: 'max_attempts' }),
    )
    const canceled = await send(key, { to: other })
    expect((await service.call('DELETE', `/otp/${canceled.id}`, { key })).body.data.status).toBe('canceled')
    expect((await service.call('DELETE', `/otp/${canceled.id}`, { key })).status).toBe(200)
    expect((await verify(key, { id: canceled.id, code: '000000' })).body.data.reason).toBe('canceled')
    const ended = await service.call('POST', `/otp/${canceled.id}/resend`, { key })
    expect([ended.status, ended.body.code]).toEqual([409, 'otp_not_pending'])
  })

  test('a second send is the same code with the same end, after its wait and within its budget', async () => {
    const key = await service.register()
    await save(key, 'quick', { resendWaitSeconds: [0, 0, 60], sends: 4 })
    const to = newNumber()
    const first = await send(key, { to, service: 'quick' })
    const again = await send(key, { to, service: 'quick', locale: 'de' })
    expect(again).toEqual(
      expect.objectContaining({
        id: first.id,
        resent: true,
        sendsLeft: 2,
        expiresAt: first['expiresAt'],
        locale: 'de',
      }),
    )
    expect(again.messageId).not.toBe(first.messageId)
    const code = await codeIn(key, first)
    expect(await codeIn(key, again)).toBe(code)
    const third = await service.call('POST', `/otp/${first.id}/resend`, { key })
    expect([third.status, third.body.data.sendsLeft, third.body.data.resendAfterSeconds]).toEqual([
      201, 1, 60,
    ])
    const early = await service.call('POST', '/otp', {
      key,
      body: { to, service: 'quick', session: 'sandbox' },
    })
    expect([early.status, early.body.code]).toEqual([429, 'resend_cooldown'])
    expect(Number(early.headers.get('retry-after'))).toBeGreaterThan(50)
    expect((await verify(key, { to, service: 'quick', code })).body.data.valid).toBe(true)
    const fresh = await send(key, { to, service: 'quick' })
    expect([fresh['resent'], fresh.id === first.id]).toEqual([false, false])
  })

  test('another code of the app’s takes the place of the one before, and failures go on counting', async () => {
    const key = await service.register()
    await save(key, 'own', { resendWaitSeconds: [0], sends: 2 })
    const to = newNumber()
    const first = await send(key, { to, service: 'own', code: 'AB12' })
    expect(first['warnings']).toEqual([expect.stringContaining('fewer than 6')])
    expect((await verify(key, { to, service: 'own', code: 'XXXX' })).body.data.attemptsLeft).toBe(4)
    const second = await send(key, { to, service: 'own', code: 'CD345678' })
    expect([second.id, second['resent'], second['sendsLeft']]).toEqual([first.id, true, 0])
    expect((await verify(key, { to, service: 'own', code: 'AB12' })).body.data).toEqual(
      expect.objectContaining({ reason: 'invalid', attemptsLeft: 3 }),
    )
    expect((await verify(key, { to, service: 'own', code: 'CD345678' })).body.data.valid).toBe(true)
    const both = await service.call('POST', '/otp', { key, body: { to, code: '1234', length: 6 } })
    expect([both.status, both.body.details[0].path]).toEqual([400, 'body.length'])
  })

  test('an idempotency key gives the same answer, also to requests at once', async () => {
    const key = await service.register()
    const body = { to: newNumber(), session: 'sandbox' }
    const options = { key, body, headers: { 'idempotency-key': 'signup-1' } }
    const answers = await Promise.all([1, 2, 3].map(() => service.call('POST', '/otp', options)))
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body.data))).size).toBe(1)
    const other = await service.call('POST', '/otp', { ...options, body: { ...body, challenge: 'x' } })
    expect([other.status, other.body.code]).toEqual([409, 'idempotency_conflict'])
  })

  test('an idempotency key is one request, also for two numbers at once', async () => {
    const key = await service.register()
    const headers = { 'idempotency-key': 'signup-2' }
    const answers = await Promise.all(
      [newNumber(), newNumber(), newNumber()].map((to) =>
        service.call('POST', '/otp', { key, body: { to, session: 'sandbox' }, headers }),
      ),
    )
    const others = answers.filter(({ status }) => status !== 201)
    expect(others.map(({ body }) => body.code)).toEqual(['idempotency_conflict', 'idempotency_conflict'])
  })

  test('a resend is of that verification or of none, whatever happens at once', async () => {
    const key = await service.register()
    await save(key, 'raced', { resendWaitSeconds: [0] })
    const races = Array.from({ length: 12 }, async () => {
      const sent = await send(key, { to: newNumber(), service: 'raced', code: '314159' })
      const [, ...again] = await Promise.all([
        verify(key, { id: sent.id, code: '314159' }),
        ...Array.from({ length: 3 }, () => service.call('POST', `/otp/${sent.id}/resend`, { key })),
      ])
      return again.map(({ status, body }) => [status, body.data?.id === sent.id || body.code])
    })
    const ends = (await Promise.all(races)).flat()
    const fair = [
      [201, true],
      [409, 'otp_not_pending'],
    ]
    expect(ends.filter((end) => !fair.some((one) => String(one) === String(end)))).toEqual([])
  })

  test('a test key neither sees nor sets a live code', async () => {
    const key = await service.register()
    const made = await service.call('POST', '/keys', { key, body: { name: 'ci', mode: 'test' } })
    const testKey: string = made.body.data.apiKey
    const to = newNumber()
    const live = await send(key, { to, code: '271828' })
    for (const body of [{ to }, { to, code: '999999' }]) {
      const refused = await service.call('POST', '/otp', { key: testKey, body })
      expect([refused.status, refused.body.code]).toEqual([403, 'forbidden'])
    }
    const resent = await service.call('POST', `/otp/${live.id}/resend`, { key: testKey })
    expect(resent.status).toBe(403)
    expect((await verify(key, { to, code: '271828' })).body.data.valid).toBe(true)

    const planted = await send(testKey, { to, code: '999999' })
    const real = await send(key, { to, code: '161803' })
    expect([real['resent'], real.id === planted.id]).toEqual([false, false])
    expect((await verify(key, { to, code: '999999' })).body.data.reason).toBe('invalid')
    expect((await verify(key, { to, code: '161803' })).body.data.valid).toBe(true)
  })

  test('a message with a code shows it nowhere but in the sandbox, and cannot be sent again by hand', async () => {
    const key = await service.register()
    const sent = await send(key, { to: newNumber(), code: '719346' })
    const list = await service.call('GET', '/messages?limit=5', { key })
    expect(JSON.stringify(list.body)).not.toContain('719346')
    expect(list.body.data[0].body).toContain('••••••')
    const all = await Promise.all(
      ['/otp', `/otp/${sent.id}`, '/otp/decisions', '/otp/analytics'].map((path) =>
        service.call('GET', path, { key }),
      ),
    )
    expect(all.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(JSON.stringify(all.map(({ body }) => body))).not.toContain('719346')
    const early = await service.call('GET', '/otp/analytics?from=0000-01-01', { key })
    expect([early.status, early.body.details[0].path]).toEqual([400, 'query.from'])
    expect(await codeIn(key, sent)).toBe('719346')
  })

  test('codes go to numbers of countries that are allowed', async () => {
    const key = await service.register()
    await save(key, 'local', { allowedCountries: ['de'] })
    const refused = await service.call('POST', '/otp', {
      key,
      body: { to: newNumber(), service: 'local', session: 'sandbox' },
    })
    expect([refused.status, refused.body.code]).toEqual([403, 'country_not_allowed'])
    await send(key, { to: '+4915112345678', service: 'local' })
    const odd = await service.call('POST', '/otp', { key, body: { to: 'US.13491208655302741918' } })
    expect([odd.status, odd.body.details[0].path]).toEqual([400, 'body.to'])
    const log = await service.call('GET', '/otp/decisions?blocked=enforced', { key })
    expect(log.body.data.map(({ reasons }: { reasons: string[] }) => reasons)).toEqual([
      ['country_not_allowed'],
    ])
  })

  test('a test number has its fixed code until its end, and nobody is shown it', async () => {
    const key = await service.register()
    const [to, over] = [newNumber(), newNumber()]
    const testNumbers = [
      { number: to, code: '246810', expiresAt: '2099-01-01T00:00:00Z' },
      { number: over, code: '246810', expiresAt: '2020-01-01T00:00:00Z' },
    ]
    const saved = await save(key, 'tested', { testNumbers })
    expect(JSON.stringify(saved)).not.toContain('246810')
    const kept = await save(key, 'tested', {
      testNumbers: saved.testNumbers,
      brand: 'Acme',
    })
    expect(kept.testNumbers).toHaveLength(2)
    const sent = await send(key, { to, service: 'tested' })
    expect(sent['test']).toBe(true)
    expect((await verify(key, { id: sent.id, code: '246810' })).body.data.valid).toBe(true)
    const real = await send(key, { to: over, service: 'tested' })
    expect(real['test']).toBe(false)
    expect((await verify(key, { id: real.id, code: '246810' })).body.data.valid).toBe(false)
  })
})

describe('limits', () => {
  test('each kind refuses with its own code and says when to try again', async () => {
    const key = await service.register()
    const one = [{ max: 1, seconds: 3_600 }]
    await save(key, 'number', { limits: { number: one }, resendWaitSeconds: [0] })
    await save(key, 'prefix', { limits: { prefix: one } })
    await save(key, 'client', { limits: { client: one } })
    const base = Number(newNumber())
    const refusals = {
      number_limit: [{ to: base }, { to: base }],
      prefix_limit: [{ to: base + 10_000 }, { to: base + 10_001 }],
      client_limit: [
        { to: base + 20_000, clientIp: '2001:db8::1' },
        { to: base + 30_000, clientIp: '2001:db8::2' },
      ],
    }
    for (const [code, [first, second]] of Object.entries(refusals)) {
      const name = code.split('_')[0] ?? ''
      numbers += 1
      await send(key, { ...first, to: String(first?.to), service: name })
      const refused = await service.call('POST', '/otp', {
        key,
        body: { ...second, to: String(second?.to), service: name, session: 'sandbox' },
      })
      expect([refused.status, refused.body.code]).toEqual([429, code])
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3_500)
    }
    numbers += 10
  })

  test('of fifty sends at once to one number, as many are sent as the limit allows', async () => {
    const key = await service.register()
    await save(key, 'burst', { limits: { number: [{ max: 3, seconds: 600 }] } })
    const to = newNumber()
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        service.call('POST', '/otp', {
          key,
          body: { to, service: 'burst', challenge: `c${n}`, session: 'sandbox' },
        }),
      ),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
    const others = answers.filter(({ status }) => status !== 201)
    expect(new Set(others.map(({ body }) => body.code))).toEqual(new Set(['number_limit']))
  })

  test('wrong codes of a number count over all of its verifications, and cool it off at ten', async () => {
    const key = await service.register()
    const to = newNumber()
    for (const challenge of ['a', 'b']) {
      const { id } = await send(key, { to, challenge, code: '111111' })
      for (let n = 0; n < 5; n += 1) expect((await verify(key, { id, code: '222222' })).status).toBe(200)
    }
    const refused = await service.call('POST', '/otp', {
      key,
      body: { to, challenge: 'c', session: 'sandbox' },
    })
    expect([refused.status, refused.body.code]).toEqual([429, 'number_cooling'])
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(800)
  })

  test('signs of fraud are noted first, and refused where the service says so', async () => {
    const key = await service.register()
    const base = Number(newNumber())
    for (let n = 0; n < 5; n += 1) await send(key, { to: String(base + n) })
    const noted = await service.call('GET', '/otp/decisions?blocked=shadow', { key })
    expect(noted.body.data).toEqual([
      expect.objectContaining({ to: String(base + 4), reasons: ['number_range_abuse'], blocked: 'shadow' }),
    ])
    await save(key, 'strict', { fraud: 'enforce' })
    const body = { to: String(base + 5), service: 'strict', session: 'sandbox' }
    const refused = await service.call('POST', '/otp', { key, body })
    expect([refused.status, refused.body.code]).toEqual([429, 'prefix_blocked'])
    const blocked = await service.call('POST', '/otp', { key, body: { ...body, to: String(base + 500) } })
    expect([blocked.status, blocked.body.code]).toEqual([429, 'prefix_blocked'])
  })
})

describe('poor conversion', () => {
  /** Ends ten verifications of one prefix, of which some are verified; no two numbers are neighbours. */
  async function endTen(key: string, base: number, verified: number): Promise<void> {
    for (let n = 0; n < 10; n += 1) {
      const { id } = await send(key, { to: String(base + n * 20), code: '141421' })
      if (n < verified) await verify(key, { id, code: '141421' })
      else await service.call('DELETE', `/otp/${id}`, { key })
    }
  }

  test('is noted first, and blocks the prefix where the service says so', async () => {
    const key = await service.register()
    const base = Number(newNumber())
    await endTen(key, base, 1)
    await send(key, { to: String(base + 400) })
    const noted = await service.call('GET', '/otp/decisions?blocked=shadow', { key })
    expect(noted.body.data).toEqual([
      expect.objectContaining({ to: String(base + 400), reasons: ['poor_conversion_history'] }),
    ])
    await save(key, 'strict', { fraud: 'enforce' })
    const ask = (to: number) =>
      service.call('POST', '/otp', { key, body: { to: String(to), service: 'strict', session: 'sandbox' } })
    const refused = await ask(base + 500)
    expect([refused.status, refused.body.code]).toEqual([429, 'prefix_blocked'])
    expect(Number(refused.headers.get('retry-after'))).toBe(12 * 3_600)
    const blocked = await ask(base + 600)
    expect([blocked.status, blocked.body.code]).toEqual([429, 'prefix_blocked'])
    const log = await service.call('GET', '/otp/decisions?blocked=enforced', { key })
    expect(log.body.data.map(({ reasons }: { reasons: string[] }) => reasons)).toEqual([
      ['prefix_blocked'],
      ['poor_conversion_history'],
    ])
    expect((await ask(base + 10_000)).status).toBe(201)
    numbers += 1
  })

  test('is none where a fifth is verified', async () => {
    const key = await service.register()
    const base = Number(newNumber())
    await endTen(key, base, 2)
    await save(key, 'strict', { fraud: 'enforce' })
    await send(key, { to: String(base + 400), service: 'strict' })
  })
})

describe('guessing', () => {
  test('of two hundred guesses at once the allowed number is judged, whoever judges', async () => {
    const key = await service.register()
    const sent = await send(key, { to: newNumber(), code: '481516' })
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => verify(key, { id: sent.id, code: String(100_000 + n) })),
    )
    const reasons = answers.map(({ body }) => body.data?.reason ?? body.code)
    expect(reasons.filter((reason) => reason === 'invalid')).toHaveLength(5)
    expect(reasons.filter((reason) => reason === 'max_attempts')).toHaveLength(195)
  })

  test('of fifty right codes at once exactly one is taken', async () => {
    const key = await service.register()
    const to = newNumber()
    await send(key, { to, code: '481516' })
    const answers = await Promise.all(Array.from({ length: 50 }, () => verify(key, { to, code: '481516' })))
    const results = answers.map(({ body }) => (body.data.valid ? 'valid' : body.data.reason))
    expect(results.filter((result) => result === 'valid')).toHaveLength(1)
    expect(results.filter((result) => result === 'already_used')).toHaveLength(49)
  })
})

test('a template is made in languages that its service can keep, and in no others', async () => {
  const key = await service.register()
  await save(key, 'login', {})
  const languages = ['en_US', 'pt-BR', 'zh_Hans', 'aa-bb-cc', 'aa-bb-cc-dd', 'aa_BBBBB', 'a', 'en US', '']
  const answers: [string, number][] = []
  for (const language of languages) {
    const body = { session: 'sandbox', languages: [language] }
    const made = await service.call('POST', '/otp/services/login/template', { key, body })
    answers.push([language, made.status])
    const kept = await service.call('GET', '/otp/services/login', { key })
    expect([language, kept.status]).toEqual([language, 200])
  }
  expect(answers.map(([, status]) => status)).toEqual([201, 201, 201, 201, 400, 400, 400, 400, 400])
})

test('a number that is none is refused by the name of the field that has it', async () => {
  const key = await service.register()
  const refused = await service.call('GET', '/otp?to=nobody', { key })
  expect([refused.status, refused.body.details[0].path]).toEqual([400, 'query.to'])
})
