import { describe, expect, test } from 'vitest'
import { redisUrl } from '../../support/redis.ts'
import { startTestService, until, type Answer, type TestService } from '../../support/service.ts'

const backends = [
  ['Postgres', {}],
  ['Redis', { redisUrl: redisUrl() }],
] as const

describe.each(backends)('limits counted in %s', (name, { redisUrl: redis }: { redisUrl?: string | null }) => {
  const options = { env: { DEFAULT_PLAN: 'pro' }, ...(redis != null && { redisUrl: redis }) }

  test.skipIf(redis === null)('are exact over two processes and 64 connections', async () => {
    const [one, two] = await startTwo(options)
    try {
      const key = await one.register()
      const answers = await inOneMinute(() =>
        Promise.all(
          Array.from({ length: 640 }, (_, index) =>
            (index % 2 === 0 ? one : two).call('GET', '/messages', { key }),
          ),
        ),
      )
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(500)
      const refused = answers.filter(({ status }) => status === 429)
      expect(refused).toHaveLength(140)
      expect(refused.every(({ body }) => body.code === 'rate_limited')).toBe(true)
      expect(refused.every(({ headers }) => Number(headers.get('retry-after')) >= 1)).toBe(true)
      const remaining = answers.map(({ headers }) => Number(headers.get('x-ratelimit-remaining')))
      expect(remaining.filter((left) => left > 0).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: 499 }, (_, index) => index + 1),
      )
    } finally {
      await Promise.all([two.stop(), one.stop()])
    }
  })
})

test('every answer tells where the key stands, also a refusal', async () => {
  const hermod = await startTestService({ env: { DEFAULT_PLAN: 'free' } })
  try {
    const key = await hermod.register()
    const answers: Answer[] = []
    await inOneMinute(async () => {
      answers.push(await hermod.call('GET', '/auth/me', { key }))
      answers.push(await hermod.call('POST', '/send-message', { key, body: {} }))
      answers.push(await hermod.call('GET', '/messages/00000000-0000-7000-8000-000000000000', { key }))
    })
    expect(answers.map(({ status }) => status)).toEqual([200, 400, 404])
    expect(answers.map(({ headers }) => headers.get('x-ratelimit-limit'))).toEqual(['20', '20', '20'])
    expect(answers.map(({ headers }) => headers.get('x-ratelimit-remaining'))).toEqual(['19', '18', '17'])
    for (const { headers } of answers) {
      const reset = Number(headers.get('x-ratelimit-reset'))
      expect(reset % 60).toBe(0)
      expect(reset * 1_000).toBeGreaterThan(Date.now() - 60_000)
    }
  } finally {
    await hermod.stop()
  }
})

test('the unlimited plan sends no rate headers', async () => {
  const hermod = await startTestService({ env: { DEFAULT_PLAN: 'unlimited' } })
  try {
    const answer = await hermod.call('GET', '/auth/me', { key: await hermod.register() })
    expect(answer.headers.has('x-ratelimit-limit')).toBe(false)
  } finally {
    await hermod.stop()
  }
})

test('an address registers five accounts a minute; a header counts only behind a trusted proxy', async () => {
  const direct = await startTestService({ env: { REGISTRATIONS_PER_MINUTE: '5' } })
  const proxied = await startTestService({ env: { REGISTRATIONS_PER_MINUTE: '5', TRUST_PROXY: '127.0.0.1' } })
  const register = (hermod: TestService, index: number) =>
    hermod.call('POST', '/auth/register', {
      body: { name: 'A', email: 'a@example.com' },
      headers: { 'x-forwarded-for': `203.0.113.${index}` },
    })
  try {
    const statuses = async (hermod: TestService): Promise<number[]> => {
      const answers = await inOneMinute(async () => {
        const list: Answer[] = []
        for (let index = 0; index < 7; index += 1) list.push(await register(hermod, index))
        return list
      })
      return answers.map(({ status }) => status)
    }
    expect(await statuses(direct)).toEqual([201, 201, 201, 201, 201, 429, 429])
    expect(await statuses(proxied)).toEqual([201, 201, 201, 201, 201, 201, 201])
  } finally {
    await Promise.all([direct.stop(), proxied.stop()])
  }
})

const many = (count: number, fields: object = {}) => ({
  messages: Array.from({ length: count }, () => ({
    to: '14155552671',
    message: 'Hi',
    session: 'sandbox',
    ...fields,
  })),
})

test('no plan counts the messages of a day, and a plan without a number for bulk has that of the installation', async () => {
  const hermod = await startTestService({ env: { DEFAULT_PLAN: 'free', MAX_BULK_MESSAGES: '' } })
  try {
    const send = (key: string, count: number) =>
      hermod.call('POST', '/messages/bulk', { key, body: many(count) })
    const key = await hermod.register()
    for (const status of [202, 202, 202]) expect((await send(key, 100)).status).toBe(status)
    expect((await send(key, 101)).body.details[0].message).toContain('the free plan allows 100')
    await hermod.service.ctx.db.query('', `update accounts set plan = 'unlimited'`, [])
    const unlimited = await until(
      () => send(key, 1_001),
      ({ body }) => body.details?.[0].message.includes('free') === false,
    )
    expect(unlimited.body.details[0].message).toContain('this installation allows 1000')
    expect((await send(key, 1_000)).status).toBe(202)
  } finally {
    await hermod.stop()
  }
})

test('the operator’s messages of a day are counted, single and in bulk, and what does not fit is refused whole', async () => {
  const hermod = await startTestService({ env: { MESSAGES_PER_DAY: '100' } })
  try {
    const key = await hermod.register()
    const dry = await hermod.call('POST', '/messages/bulk', { key, body: many(150, { dry_run: true }) })
    expect(dry.status).toBe(202)
    expect((await hermod.call('POST', '/messages/bulk', { key, body: many(99) })).status).toBe(202)
    const tooMany = await hermod.call('POST', '/messages/bulk', { key, body: many(2) })
    expect(tooMany).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
    const one = many(1).messages[0]
    expect((await hermod.call('POST', '/send-message', { key, body: one })).status).toBe(202)
    expect((await hermod.call('POST', '/send-message', { key, body: one })).status).toBe(429)
    const dryOne = { ...one, dry_run: true }
    expect((await hermod.call('POST', '/send-message', { key, body: dryOne })).status).toBe(202)
    expect((await hermod.call('GET', '/messages', { key })).body.pagination.total).toBe(251)
  } finally {
    await hermod.stop()
  }
})

async function startTwo(
  options: Parameters<typeof startTestService>[0],
): Promise<[TestService, TestService]> {
  const one = await startTestService(options)
  const two = await startTestService({ ...options, env: { ...options?.env, DATABASE_URL: one.databaseUrl } })
  return [one, two]
}

/** Runs within one window: a run that crosses a minute would count in two. */
async function inOneMinute<T>(act: () => Promise<T>): Promise<T> {
  const leftMs = 60_000 - (Date.now() % 60_000)
  if (leftMs < 10_000) {
    await new Promise((resolve) => {
      setTimeout(resolve, leftMs + 50)
    })
  }
  return act()
}
