import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tidyOnce } from '../../../../src/services/operations/sweep.ts'
import { expectInvalid } from '../../../support/refusal.ts'
import { connectSender, type TestSender } from '../../../support/senders.ts'
import { startTestService, until, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** The service’s clock: tests send at moments of the past. */
const clock = { offsetMs: 0, now: () => new Date(Date.now() + clock.offsetMs) }
let hermod: TestService
let sql: Sql
/** Keeps the sweeper from folding while its transaction is open. */
let holder: Sql
let sender: TestSender
let accountId: string
/** The moments at which messages were accepted, the oldest first. */
const agesMs = [40 * dayMs, 3 * dayMs, 2 * dayMs + 5 * hourMs, 26 * hourMs, 2 * hourMs, hourMs, 0]

beforeAll(async () => {
  hermod = await startTestService({ overrides: { clock } })
  sql = await connectSql(hermod.databaseUrl)
  holder = await connectSql(hermod.databaseUrl)
  await holder.query('begin')
  await holder.query('lock table counters in share mode')
  sender = await connectSender(hermod)
  // Another account’s messages, which must not be counted.
  const other = await connectSender(hermod)
  accountId = (await hermod.call('GET', '/auth/me', { key: sender.key })).body.data.id
  const [refused, bounced] = [sender.recipient(), sender.recipient()]
  hermod.graph.control.rules.add(
    { when: { to: refused }, outcome: { kind: 'error', code: 131_026 } },
    { when: { to: bounced }, callbacks: { failWith: 131_026 } },
    {
      when: { phoneNumberId: sender.phoneNumberId, every: 3 },
      callbacks: { statuses: ['sent', 'delivered'] },
    },
  )
  for (const ageMs of agesMs) {
    clock.offsetMs = -ageMs
    // So long that a message of the past does not expire.
    const life = { ttlSeconds: 2_592_000 }
    if (ageMs < 30 * dayMs) {
      await Promise.all([sender.send({ to: refused, ...life }), sender.send({ to: bounced, ...life })])
      await Promise.all([sender.send(life), sender.send(life), sender.send(life), other.send(life)])
    }
    await sender.send({ session: 'sandbox', sendAt: new Date(Date.now() + dayMs).toISOString() })
  }
  clock.offsetMs = 0
  await until(
    () => sql.query(`select id from messages where status in ('queued', 'processing', 'retrying', 'sent')`),
    ({ length }) => length === 0,
    'an end of every message',
  )
})
afterAll(async () => {
  await holder.end()
  await sql.end()
  await hermod.stop()
})

const get = (path: string) => hermod.call('GET', path, { key: sender.key })
const midnight = (daysAgo: number) => new Date(Math.floor(Date.now() / dayMs) * dayMs - daysAgo * dayMs)
const fullHour = (hoursAgo: number) => new Date(Math.floor(Date.now() / hourMs) * hourMs - hoursAgo * hourMs)
const dateOf = (at: Date) => at.toISOString().slice(0, 10)

/** What the messages themselves say. */
async function recount(from: Date, to: Date): Promise<Record<string, unknown>> {
  const rows = await sql.query<{ status: string; count: number }>(
    `select status, count(*)::int as count from messages
      where account_id = $1 and direction = 'outbound' and created_at >= $2 and created_at < $3 group by 1`,
    [accountId, from, to],
  )
  const byStatus = Object.fromEntries(rows.map(({ status, count }) => [status, count]))
  const total = rows.reduce((sum, { count }) => sum + count, 0)
  const rate = (part: number) => (total === 0 ? 0 : Math.round((part / total) * 1e4) / 1e4)
  return {
    total,
    byStatus,
    deliveryRate: rate((byStatus['delivered'] ?? 0) + (byStatus['read'] ?? 0)),
    failureRate: rate(byStatus['failed'] ?? 0),
  }
}

const always = [new Date(0), new Date('2999-01-01T00:00:00Z')] as const

describe.each(['before', 'after'])('%s the changes are folded into the counters', (moment) => {
  beforeAll(async () => {
    const folded = () => sql.query('select from counters where account_id = $1', [accountId])
    expect(await folded()).toEqual([])
    if (moment === 'before') return
    await holder.query('rollback')
    // The service's own tidying may have begun on the same changes, which this one then leaves to it.
    await until(
      async () => {
        await tidyOnce(hermod.service.ctx)
        return folded()
      },
      (rows) => rows.length > 0,
      'changes that are folded',
    )
  })

  test('the summary equals a recount', async () => {
    const { status, body } = await get('/analytics/summary')
    expect(status).toBe(200)
    expect(body).toEqual({ success: true, data: { ...(await recount(...always)), from: null, to: null } })
    expect(body.data.total).toBe(6 * agesMs.length - 5)
    expect(Object.keys(body.data.byStatus).toSorted()).toEqual(['delivered', 'failed', 'read', 'scheduled'])
    expect(body.data.failureRate).toBeGreaterThan(0.2)
    expect(body.data.deliveryRate).toBeGreaterThan(0.2)
  })

  test.each<[string, Date, Date]>([
    ['of whole days', midnight(3), midnight(0)],
    ['of one hour', fullHour(2), fullHour(1)],
    ['within a day and a half', fullHour(30), fullHour(1)],
    ['of days and the hours around them', fullHour(75), fullHour(0)],
    ['of more than a month', midnight(60), midnight(1)],
    ['in which nothing was sent', midnight(20), midnight(10)],
  ])('the summary of a span %s equals a recount', async (_what, from, to) => {
    const { body } = await get(`/analytics/summary?from=${from.toISOString()}&to=${to.toISOString()}`)
    expect(body.data).toEqual({
      ...(await recount(from, to)),
      from: from.toISOString(),
      to: to.toISOString(),
    })
  })

  test('a date stands for its whole UTC day', async () => {
    const [first, last] = [midnight(3), midnight(1)]
    const { body } = await get(`/analytics/summary?from=${dateOf(first)}&to=${dateOf(last)}`)
    expect(body.data).toEqual({
      ...(await recount(first, midnight(0))),
      from: first.toISOString(),
      to: midnight(0).toISOString(),
    })
  })

  test('a span may have one open end', async () => {
    const at = midnight(2)
    const since = await get(`/analytics/summary?from=${dateOf(at)}`)
    expect(since.body.data).toEqual({
      ...(await recount(at, always[1])),
      from: at.toISOString(),
      to: null,
    })
    const before = await get(`/analytics/summary?to=${at.toISOString()}`)
    expect(before.body.data).toEqual({
      ...(await recount(always[0], at)),
      from: null,
      to: at.toISOString(),
    })
  })

  test.each<[string, string, () => Date, number, number]>([
    ['day', '', () => midnight(29), 30, dayMs],
    ['day', `&from=${dateOf(midnight(45))}&to=${dateOf(midnight(2))}`, () => midnight(45), 44, dayMs],
    ['hour', '', () => fullHour(23), 24, hourMs],
    ['hour', `&from=${dateOf(midnight(4))}&to=${dateOf(midnight(1))}`, () => midnight(4), 96, hourMs],
  ])('the points by %s%s equal a recount', async (interval, query, from, length, stepMs) => {
    const start = from()
    const { body } = await get(`/analytics/timeseries?interval=${interval}${query}`)
    const starts = Array.from({ length }, (_, index) => new Date(start.getTime() + index * stepMs))
    const points: unknown[] = []
    for (const at of starts) {
      points.push({ at: at.toISOString(), ...(await recount(at, new Date(at.getTime() + stepMs))) })
    }
    expect(body.data).toEqual({
      interval,
      from: start.toISOString(),
      to: new Date(start.getTime() + length * stepMs).toISOString(),
      points,
    })
    const totals: number[] = body.data.points.map(({ total }: { total: number }) => total)
    expect(totals.some((total) => total > 0)).toBe(true)
  })
})

test('the changes were folded, by day and by hour', async () => {
  expect(await sql.query('select id from counter_deltas')).toEqual([])
  const hours = await sql.query('select distinct hour from counter_hours where account_id = $1', [accountId])
  expect(hours.length).toBeGreaterThanOrEqual(agesMs.length)
})

test('an account that sent nothing has zeros', async () => {
  const key = await hermod.register()
  const none = { total: 0, byStatus: {}, deliveryRate: 0, failureRate: 0 }
  const summary = await hermod.call('GET', '/analytics/summary', { key })
  expect(summary.body.data).toEqual({ ...none, from: null, to: null })
  const { body } = await hermod.call('GET', '/analytics/timeseries', { key })
  expect(body.data.points).toHaveLength(30)
  for (const point of body.data.points) expect(point).toEqual({ at: point.at, ...none })
})

test.each([
  ['summary?from=yesterday', 'query.from'],
  ['summary?to=2026-02-30', 'query.to'],
  ['summary?from=0000-01-01', 'query.from'],
  ['summary?from=2026-03-01T09:30:00Z', 'query.from'],
  ['summary?from=2026-03-01T00:00:00%2B05:30', 'query.from'],
  ['summary?to=2026-03-01T09:00:00.001Z', 'query.to'],
  ['summary?from=2026-03-02&to=2026-03-01', 'query.to'],
  ['summary?from=2026-03-01T09:00:00Z&to=2026-03-01T09:00:00Z', 'query.to'],
  ['summary?from=2999-01-01', 'query.from'],
  ['summary?since=2026-03-01', 'query.since'],
  ['timeseries?interval=week', 'query.interval'],
  ['timeseries?from=2026-03-01T09:00:00Z', 'query.from'],
  ['timeseries?interval=day&to=2026-03-01T09:00:00Z', 'query.to'],
  ['timeseries?interval=hour&from=2026-03-01T09:10:00Z&to=2026-03-02', 'query.from'],
  ['timeseries?interval=hour&from=2026-01-01&to=2026-02-01', 'query.from'],
  ['timeseries?from=2024-01-01&to=2025-01-01', 'query.from'],
  ['timeseries?interval=hour&from=1970-01-01&to=9998-12-31', 'query.from'],
  // The end of that day could not be written as documented.
  ['timeseries?from=9998-12-01&to=9999-12-31', 'query.to'],
])('%s cannot be answered exactly and is refused by name', async (query, path) => {
  expectInvalid(await get(`/analytics/${query}`), path)
})

test('the longest spans are answered', async () => {
  const lengthOf = async (query: string) =>
    (await get(`/analytics/timeseries?${query}`)).body.data.points.length
  expect(await lengthOf('from=2024-01-01&to=2024-12-31')).toBe(366)
  expect(await lengthOf('interval=hour&from=2026-01-01&to=2026-01-31')).toBe(744)
})
