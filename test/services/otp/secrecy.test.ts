import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '../../../src/kit/log.ts'
import { startOtlpCollector, type OtlpCollector } from '../../fakes/otlp-collector.ts'
import { approveCodeTemplate, connectBusiness, type Business } from '../../support/businesses.ts'
import { redisUrl } from '../../support/redis.ts'
import { startTestService, until, type TestService } from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

// A run of codes through all three APIs, over a Cloud number: a code stands in clear in what Meta is handed, and nowhere
// else that anybody keeps.

const redis = redisUrl()
const lines: string[] = []
const commands: string[] = []
const answers: string[] = []
let collector: OtlpCollector
let hermod: TestService
let sql: Sql
let monitor: Redis | null = null
beforeAll(async () => {
  collector = await startOtlpCollector()
  hermod = await startTestService({
    ...(redis !== null && { redisUrl: redis }),
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/` },
    overrides: { log: createLog('trace', { write: (line) => void lines.push(line) }) },
  })
  sql = await connectSql(hermod.databaseUrl)
  if (redis === null) return
  monitor = await new Redis(redis).monitor()
  monitor.on('monitor', (_time: string, args: string[]) => void commands.push(args.join(' ')))
})
afterAll(async () => {
  monitor?.disconnect()
  await sql.end()
  await hermod.stop()
  await collector.close()
})

interface Site {
  business: Business
  headers: Record<string, string>
}

async function newSite(): Promise<Site> {
  const business = await connectBusiness(hermod, [])
  await approveCodeTemplate(hermod, business)
  const { key } = business
  const { id } = (await hermod.call('GET', '/auth/me', { key })).body.data
  await hermod.call('POST', '/webhook-endpoints', { key, body: { url: `${hermod.receiver.url}/hook` } })
  return {
    business,
    headers: {
      authorization: `Bearer ${key}`,
      'x-api-key': key,
      'x-account-id': id,
      'app-id': id,
      'api-key': key,
    },
  }
}

/** Asks, and keeps the answer. */
async function ask(site: Site, method: string, route: string, body?: unknown) {
  const answer = await hermod.call(method, route, { headers: { ...site.headers }, body })
  answers.push(JSON.stringify(answer.body))
  return answer
}

/** The code in what Meta was handed last for a number. */
async function codeAtMeta(to: string, count = 1): Promise<string> {
  const taken = await until(
    () => hermod.graph.control.ledger.byRecipient(to),
    ({ length }) => length >= count,
    `message ${count} to ${to}`,
  )
  const template: any = taken.at(-1)?.body?.['template']
  return String(template.components[0].parameters[0].text)
}

test('no code, right or guessed, stands in the database, the queue, the log, a trace, a webhook or an answer', async () => {
  const site = await newSite()
  const callbackUrl = `${hermod.receiver.url}/callback`
  const secrets: string[] = []

  // The native API: one of ours, sent twice and guessed wrongly, and one of the app's, in the place of another.
  await until(
    () => ask(site, 'POST', '/otp', { to: '16467770101', length: 10, callbackUrl }),
    ({ status }) => status === 201,
    'the template is known',
  )
  secrets.push(await codeAtMeta('16467770101'), 'GUESS73519')
  await ask(site, 'POST', '/otp/verify', { to: '16467770101', code: 'GUESS73519' })
  const own = { to: '16467770102', callbackUrl, code: 'OWN8604213' }
  expect((await ask(site, 'POST', '/otp', own)).status).toBe(201)
  secrets.push(await codeAtMeta('16467770102'))
  expect(secrets.at(-1)).toBe('OWN8604213')
  await ask(site, 'POST', '/otp/verify', { to: '16467770102', code: 'OWN8604213' })
  for (const route of ['/otp', '/otp/decisions', '/messages', '/messages?limit=1'])
    await ask(site, 'GET', route)

  // The other two.
  const hub = await ask(site, 'POST', '/api/v1/connect-hub/whatsapp/otp', {
    to: '16467770103',
    text: 'Your code is 95173062.',
  })
  expect(hub.status).toBe(200)
  secrets.push(await codeAtMeta('16467770103'))
  await ask(site, 'GET', `/api/v1/connect-hub/whatsapp/${hub.body.uuid}/wdr`)
  const sent = await ask(site, 'POST', '/v1/whatsapp/otp/send', {
    msisdn: '16467770104',
    otp: '84026193',
    content: ['Code 84026193'],
    callback_url: callbackUrl,
  })
  expect(sent.status).toBeLessThan(300)
  secrets.push(await codeAtMeta('16467770104'))
  await ask(site, 'POST', '/v1/whatsapp/otp/verify', { msisdn: '16467770104', otp: '84026193' })
  expect(secrets.slice(-2)).toEqual(['95173062', '84026193'])

  await until(
    () => hermod.receiver.deliveries.filter(({ body }) => body.includes('otp.verified')),
    ({ length }) => length >= 2,
    'the end is told',
  )
  await until(
    () => collector.spans.some(({ name }) => name === 'POST /v1/whatsapp/otp/verify'),
    Boolean,
    'the last trace',
  )
  const places = new Map<string, string[]>([
    ['log', lines],
    ['trace', collector.spans.map((span) => JSON.stringify(span))],
    ['webhook', hermod.receiver.deliveries.map((delivery) => JSON.stringify(delivery))],
    ['answer', answers],
    ...(redis === null ? [] : [['queue', commands] as const]),
    ...(await rowsOf(sql)),
  ])
  const found = [...places].flatMap(([place, texts]) =>
    secrets.filter((secret) => texts.some((text) => text.includes(secret))).map((secret) => [place, secret]),
  )
  expect(found).toEqual([])
  for (const place of ['log', 'trace', 'webhook', 'answer']) expect(places.get(place)).not.toEqual([])
})

/** The rows of every table in every schema, by their tables. */
async function rowsOf(from: Sql): Promise<[string, string[]][]> {
  const tables = await from.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  )
  expect(tables.length).toBeGreaterThan(20)
  const found: [string, string[]][] = []
  for (const { name } of tables) {
    const rows = await from.query<{ text: string }>(`select t::text as text from ${name} t`)
    found.push([name, rows.map(({ text }) => text)])
  }
  return found
}
