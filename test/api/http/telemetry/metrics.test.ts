import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createConfig } from '../../../../src/config/config.ts'
import { parseEnv } from '../../../../src/config/env.ts'
import { expectRefusal } from '../../../support/refusal.ts'
import { connectSender } from '../../../support/senders.ts'
import { startTestService, until, type TestService } from '../../../support/service.ts'

const token = 'token-of-the-scraper'

/** The samples of a scrape, by name and labels as they are written. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

describe('with METRICS_TOKEN', () => {
  let hermod: TestService
  beforeAll(async () => {
    hermod = await startTestService({ env: { METRICS_TOKEN: token } })
  })
  afterAll(() => hermod.stop())

  const scrape = () => hermod.call('GET', '/metrics', { key: token })
  const samples = async () => samplesOf((await scrape()).body)

  test('nobody reads the metrics without it', async () => {
    const key = await hermod.register()
    for (const options of [{}, { key }, { key: `${token}x` }, { headers: { authorization: token } }]) {
      const answer = await hermod.call('GET', '/metrics', options)
      expectRefusal(answer, { status: 401, code: 'invalid_api_key' })
    }
  })

  test('they are text that Prometheus reads: each sample has a type and a help', async () => {
    const { status, headers, body } = await scrape()
    expect(status).toBe(200)
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const text: string = body
    const typed = new Set(
      [...text.matchAll(/^# TYPE (\S+) (?:counter|gauge|histogram)$/gm)].map(([, name]) => name),
    )
    const helped = new Set([...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name))
    const names = [...samplesOf(text).keys()].map((sample) => sample.split('{')[0] ?? '')
    expect(names.length).toBeGreaterThan(50)
    const known = (name: string) =>
      [name, name.replace(/_(?:bucket|sum|count)$/, '')].some((one) => typed.has(one) && helped.has(one))
    expect(names.filter((name) => !known(name))).toEqual([])
    expect(text).not.toMatch(/ $/m)
  })

  test('they count what was accepted, sent and failed, and what providers, webhooks and requests took', async () => {
    const before = await samples()
    const grown = async () => {
      const after = await samples()
      return (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0)
    }
    const sender = await connectSender(hermod, { webhook: true })
    const [unreachable, closed] = [sender.recipient(), sender.recipient()]
    const refuse = (to: string, code: number) => ({ when: { to }, outcome: { kind: 'error' as const, code } })
    hermod.graph.control.rules.add(refuse(unreachable, 131_026), refuse(closed, 131_047))
    const ids = await Promise.all([
      sender.send({ to: unreachable }),
      sender.send({ to: closed }),
      sender.send({ priority: 'high' }),
      sender.send(),
    ])
    const items = [1, 2, 3].map(() => ({ to: sender.recipient(), message: 'Hi' }))
    const bulk = await hermod.call('POST', '/messages/bulk', { key: sender.key, body: { messages: items } })
    expect(bulk.status).toBe(202)
    const list = async () => (await hermod.call('GET', '/messages', { key: sender.key })).body.data
    const isOver = ({ status }: { status: string }) => ['read', 'failed'].includes(status)
    await until(list, (messages) => messages.length === 7 && messages.every(isOver), 'an end of all')

    const accepted = (lane: string) => `hermod_messages_accepted_total{lane="${lane}"}`
    const provider = (outcome: string) =>
      `hermod_provider_request_duration_seconds_count{provider="whatsapp-cloud",outcome="${outcome}"}`
    const route =
      'hermod_http_request_duration_seconds_count{method="POST",route="/send-message",status="202"}'
    const deliveries = () =>
      hermod.service.ctx.db.query<{ status: string }>('', 'select status from webhook_deliveries', [])
    const told = await until(
      deliveries,
      (all) => all.every(({ status }) => status === 'delivered'),
      'an end of all webhooks',
    )
    expect(told.length).toBeGreaterThanOrEqual(ids.length + items.length)
    const count = await grown()
    expect({
      urgent: count(accepted('urgent')),
      normal: count(accepted('normal')),
      bulk: count(accepted('bulk')),
      sent: count('hermod_messages_sent_total'),
      unreachable: count('hermod_messages_failed_total{reason="recipient_unreachable"}'),
      closed: count('hermod_messages_failed_total{reason="outside_window"}'),
      taken: count(provider('accepted')),
      refused: count(provider('refused')),
      webhooks: count('hermod_webhook_attempts_total{outcome="delivered"}'),
      delays: count('hermod_webhook_delay_seconds_count'),
      requests: count(route),
    }).toEqual({
      urgent: 1,
      normal: 3,
      bulk: 3,
      sent: 5,
      unreachable: 1,
      closed: 1,
      taken: 5,
      refused: 2,
      webhooks: told.length,
      delays: told.length,
      requests: ids.length,
    })
    expect(
      count('hermod_provider_request_duration_seconds_sum{provider="whatsapp-cloud",outcome="accepted"}'),
    ).toBeGreaterThan(0)
  })

  test('a path that nobody serves is no label of its own', async () => {
    await hermod.call('GET', '/nothing-here-1')
    const found = [...(await samples()).keys()].filter((name) => name.includes('nothing-here'))
    expect(found).toEqual([])
  })

  test('they tell what waits in each lane, and since when', async () => {
    const sender = await connectSender(hermod)
    const earlier = await Promise.all([sender.send(), sender.send({ priority: 'high' })])
    await Promise.all(
      earlier.map((id) => hermod.messageUntil(sender.key, id, ({ status }) => status === 'read')),
    )
    const waiting = ['urgent', 'normal', 'bulk'].map((lane) => `hermod_queue_messages{lane="${lane}"}`)
    const depth = async () => {
      const found = await samples()
      return waiting.map((name) => found.get(name))
    }
    expect(await until(depth, ([one]) => one === 0, 'empty lanes')).toEqual([0, 0, 0])
    await sender.send({ sendAt: new Date(Date.now() + 3_600_000).toISOString() })
    const ids = await Promise.all([sender.send(), sender.send({ priority: 'high' }), sender.send()])
    // As if nobody had come to them: handed over already, and put back into the line.
    await Promise.all(ids.map((id) => hermod.messageUntil(sender.key, id, ({ status }) => status === 'read')))
    await hermod.service.ctx.db.query(
      '',
      `update messages set status = 'queued', due_at = now() - interval '90 seconds', wake_at = now() + interval '1 hour'
        where id = any($1::uuid[])`,
      [ids],
    )
    expect(await until(depth, ([one]) => one === 1, 'a message that waits')).toEqual([1, 2, 0])
    const age = (await samples()).get('hermod_queue_oldest_seconds{lane="urgent"}') ?? 0
    expect(age).toBeGreaterThanOrEqual(90)
    expect(age).toBeLessThan(150)
  })

  test('they tell which breakers of webhook endpoints are open', async () => {
    const sender = await connectSender(hermod)
    // Nobody listens there.
    const url = 'http://127.0.0.1:9/hook'
    expect((await hermod.call('PUT', '/auth/me/webhook', { key: sender.key, body: { url } })).status).toBe(
      200,
    )
    await Promise.all(Array.from({ length: 12 }, () => sender.send()))
    const held = async () => {
      const found = await samples()
      return ['open', 'half_open'].map((state) => found.get(`hermod_webhook_breakers{state="${state}"}`) ?? 0)
    }
    await until(held, ([open = 0, half = 0]) => open + half === 1, 'a breaker that opens')
  })
})

describe('with METRICS_PORT', () => {
  test.each(['all', 'worker', 'api'])(
    'a process in the role %s serves its metrics there, and there only',
    async (role) => {
      const hermod = await startTestService({ env: { METRICS_PORT: '0', ROLE: role } })
      try {
        const { metricsUrl, url } = hermod.service
        const answer = await fetch(`${metricsUrl}/metrics`)
        expect(answer.status).toBe(200)
        expect(samplesOf(await answer.text()).get('hermod_database_up')).toBe(1)
        expect((await fetch(`${metricsUrl}/messages`)).status).toBe(404)
        if (url === null) expect(role).toBe('worker')
        else expectRefusal(await hermod.call('GET', '/metrics'), { status: 404, code: 'not_found' })
      } finally {
        await hermod.stop()
      }
    },
  )

  test('and with METRICS_TOKEN the token is asked for there too', async () => {
    const hermod = await startTestService({ env: { METRICS_PORT: '0', METRICS_TOKEN: token } })
    try {
      const at = `${hermod.service.metricsUrl}/metrics`
      expect((await fetch(at)).status).toBe(401)
      expect((await fetch(at, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
    } finally {
      await hermod.stop()
    }
  })

  test('a port that is taken stops the start, and the reason names the variable', async () => {
    const first = await startTestService({ env: { METRICS_PORT: '0' } })
    try {
      const { port } = new URL(first.service.metricsUrl ?? '')
      const env = { METRICS_PORT: port, DATABASE_URL: first.databaseUrl }
      await expect(startTestService({ env })).rejects.toThrow(/set METRICS_PORT to a free port/)
    } finally {
      await first.stop()
    }
  })
})

test('METRICS_PORT is no port that is used already', () => {
  const port = { PORT: '4001', METRICS_PORT: '4001' }
  expect(() => createConfig(parseEnv(port))).toThrow(/METRICS_PORT must be another port than PORT/)
})

test('with neither there are no metrics', async () => {
  const hermod = await startTestService()
  try {
    for (const options of [{}, { key: token }, { key: await hermod.register() }]) {
      expectRefusal(await hermod.call('GET', '/metrics', options), { status: 404, code: 'not_found' })
    }
    expect(hermod.service.metricsUrl).toBeNull()
  } finally {
    await hermod.stop()
  }
})
