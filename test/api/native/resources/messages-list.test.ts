import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { idFloor } from '../../../../src/kit/id.ts'
import { inboundCallback, postCallback } from '../../../support/callbacks.ts'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { startTestService, until, type MessageView, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'

const phoneNumberId = '106540352242922'
const ana = '16505551234'
const alice = '14155552671'
const bob = '14155552672'
const hourMs = 3_600_000

let hermod: TestService
let sql: Sql
let key: string
beforeAll(async () => {
  hermod = await startTestService()
  sql = await connectSql(hermod.databaseUrl)
  key = await hermod.connect()
  await hermod.call('POST', '/auth/me/credentials/verify', { key })
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

async function send(fields: Record<string, unknown>, as = key): Promise<string> {
  const answer = await hermod.call('POST', '/send-message', {
    key: as,
    body: { to: alice, message: 'Hi', ...fields },
  })
  expect(answer.status).toBe(202)
  return answer.body.data.id
}

async function list(query: Record<string, string> | [string, string][], as = key): Promise<any> {
  const answer = await hermod.call('GET', `/messages?${new URLSearchParams(query).toString()}`, { key: as })
  expect(answer.status).toBe(200)
  return answer.body
}

const idsOf = (body: { data: MessageView[] }) => body.data.map(({ id }) => id)
const isRead = ({ status }: MessageView) => status === 'read'

describe('filters', () => {
  let ids: Record<'aliceRead' | 'aliceSandbox' | 'aliceLater' | 'bobRead' | 'bobFailed' | 'inbound', string>
  let batchId: string
  let sessions: { cloud: string; sandbox: string }

  beforeAll(async () => {
    hermod.graph.control.rules.add({ when: { to: bob }, times: 1, outcome: { kind: 'error', code: 131_026 } })
    const bobFailed = await send({ to: bob })
    await hermod.messageUntil(key, bobFailed, ({ status }) => status === 'failed')
    const aliceRead = await send({})
    const aliceSandbox = await send({ session: 'sandbox' })
    const later = new Date(Date.now() + hourMs).toISOString()
    const aliceLater = await send({ sendAt: later })
    const bulk = await hermod.call('POST', '/messages/bulk', {
      key,
      body: { messages: [{ to: bob, message: 'Hi' }] },
    })
    batchId = bulk.body.data.batchId
    const [bobRead = ''] = idsOf(await list({ batchId }))
    for (const id of [aliceRead, aliceSandbox, bobRead]) await hermod.messageUntil(key, id, isRead)
    await postCallback(hermod, inboundCallback(phoneNumberId, 'wamid.list-inbound'))
    const inbound = await until(
      () => list({ direction: 'inbound' }),
      ({ data }) => data.length === 1,
      'an inbound message',
    )
    ids = {
      aliceRead,
      aliceSandbox,
      aliceLater,
      bobRead,
      bobFailed,
      inbound: inbound.data[0].id,
    }
    const sessionOf = async (id: string): Promise<string> =>
      (await hermod.call('GET', `/messages/${id}`, { key })).body.data.session
    sessions = { cloud: await sessionOf(aliceRead), sandbox: await sessionOf(aliceSandbox) }
  })

  type Name = keyof typeof ids
  const cases: [query: () => Record<string, string> | [string, string][], names: Name[]][] = [
    [() => ({}), ['bobRead', 'aliceLater', 'aliceSandbox', 'aliceRead', 'bobFailed']],
    [() => ({ to: alice }), ['aliceLater', 'aliceSandbox', 'aliceRead']],
    [() => ({ to: '+1 (415) 555-2671' }), ['aliceLater', 'aliceSandbox', 'aliceRead']],
    [() => ({ to: bob }), ['bobRead', 'bobFailed']],
    [() => ({ to: bob, status: 'failed' }), ['bobFailed']],
    [() => ({ to: '14155559999' }), []],
    [() => ({ to: 'US.13491208655302741918' }), []],
    [() => ({ session: 'sandbox' }), ['aliceSandbox']],
    [() => ({ session: sessions.sandbox }), ['aliceSandbox']],
    [() => ({ session: sessions.cloud }), ['bobRead', 'aliceLater', 'aliceRead', 'bobFailed']],
    [() => ({ session: sessions.cloud, status: 'scheduled' }), ['aliceLater']],
    [() => ({ session: sessions.cloud, to: alice }), ['aliceLater', 'aliceRead']],
    [() => ({ session: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4aff' }), []],
    [() => ({ batchId }), ['bobRead']],
    [() => ({ batchId, to: alice }), []],
    [() => ({ batchId, session: 'sandbox' }), []],
    [() => ({ batchId, status: 'read', to: bob }), ['bobRead']],
    [() => ({ status: 'received' }), []],
    [() => ({ direction: 'inbound' }), ['inbound']],
    [() => ({ direction: 'inbound', to: ana }), ['inbound']],
    [() => ({ direction: 'inbound', to: alice }), []],
    [() => ({ direction: 'inbound', session: sessions.cloud }), ['inbound']],
    [() => ({ direction: 'inbound', session: 'sandbox' }), []],
    [() => ({ direction: 'inbound', status: 'read' }), []],
  ]

  test.each(cases)('%s', async (query, names) => {
    const body = await list(query())
    expect(idsOf(body)).toEqual(names.map((name) => ids[name]))
    expect(body.pagination).toEqual({ page: 1, limit: 20, total: names.length, nextCursor: null })
  })

  test('are kept while walking by cursor and by page', async () => {
    const first = await list({ to: alice, limit: '2' })
    expect(first.pagination).toEqual({ page: 1, limit: 2, total: 3, nextCursor: ids.aliceSandbox })
    const byCursor = await list({ to: alice, limit: '2', cursor: first.pagination.nextCursor.toUpperCase() })
    const byPage = await list({ to: alice, limit: '2', page: '2' })
    for (const rest of [byCursor, byPage]) {
      expect(idsOf(rest)).toEqual([ids.aliceRead])
      expect(rest.pagination).toMatchObject({ total: 3, nextCursor: null })
    }
  })

  test('find a message at each step of its way, by recipient, session and status', async () => {
    const account = await hermod.connect()
    const id = await send(
      { session: 'sandbox', sendAt: new Date(Date.now() + hourMs).toISOString() },
      account,
    )
    const steps = ['scheduled', 'queued', 'processing', 'retrying', 'sent', 'delivered', 'read', 'failed']
    for (const status of [...steps, 'canceled', 'expired']) {
      await sql.query(
        `update messages set status = $2, wake_at = null, due_at = now() + interval '1 day'
        where id = $1`,
        [id, status],
      )
      const shown = status === 'expired' ? { status: 'failed' } : { status }
      for (const query of [
        { to: alice },
        { session: 'sandbox' },
        { status },
        { status, to: alice },
        { ...shown, session: 'sandbox' },
      ]) {
        expect({ status, query, ids: idsOf(await list(query, account)) }).toEqual({
          status,
          query,
          ids: [id],
        })
      }
    }
  })
})

describe('a span of time', () => {
  /** 2026-03-10 at these times of day, UTC, the oldest first. */
  const times = ['00:00:00.000', '09:15:00.000', '09:59:59.999', '10:00:00.000', '23:59:59.999']
  const at = (time: string) => `2026-03-10T${time}Z`
  let account: string

  beforeAll(async () => {
    account = await hermod.register()
    const [session] = await sql.query<{ id: string; account_id: string }>(
      'select id, account_id from sessions order by id desc limit 1',
    )
    for (const time of times) {
      const moment = new Date(at(time))
      await sql.query(
        `with made as (
           insert into messages (id, account_id, session_id, status, lane, address, content, body, due_at, created_at)
           values ($1, $2, $3, 'read', 'normal', $4, '{"type":"text","body":"Hi"}', 'Hi', $5, $5)
           returning account_id, status, created_at)
         insert into counter_deltas (account_id, hour, status, delta)
         select account_id, date_trunc('hour', created_at, 'UTC'), status, 1 from made`,
        [
          // As much later than the message as a busy process may be.
          idFloor(new Date(moment.getTime() + 3)),
          session?.account_id,
          session?.id,
          alice,
          moment,
        ],
      )
    }
  })

  const cases: [query: Record<string, string> | [string, string][], found: number[]][] = [
    [{ from: '2026-03-10', to: '2026-03-10' }, [4, 3, 2, 1, 0]],
    [{ from: '2026-03-11' }, []],
    [{ to: '2026-03-09' }, []],
    [{ to: '2026-03-10' }, [4, 3, 2, 1, 0]],
    [{ from: at('10:00:00') }, [4, 3]],
    [{ to: at('10:00:00') }, [2, 1, 0]],
    [{ from: at('09:15:00'), to: at('23:59:59.999') }, [3, 2, 1]],
    [{ from: at('09:15:00.001'), to: at('09:59:59.999') }, []],
    [{ from: '2026-03-10T10:15:00+01:00', to: '2026-03-10T11:00:00+01:00' }, [2, 1]],
    [{ from: at('09:00:00'), status: 'failed' }, []],
    [{ from: at('09:00:00'), to: at('10:00:00'), session: 'sandbox' }, [2, 1]],
    [
      [
        ['to', alice],
        ['to', at('09:59:59.999')],
      ],
      [1, 0],
    ],
    [
      [
        ['to', '2026-03-10'],
        ['to', bob],
      ],
      [],
    ],
    [{ direction: 'inbound', from: '2026-03-10' }, []],
  ]

  test.each(cases)('%j', async (query, found) => {
    const all = await list({}, account)
    const oldestFirst = idsOf(all).toReversed()
    expect(oldestFirst).toHaveLength(times.length)
    const body = await list(query, account)
    expect(idsOf(body)).toEqual(found.map((index) => oldestFirst[index]))
    expect(body.pagination.total).toBe(found.length)
  })

  test('holds for what customers sent by when it came in', async () => {
    const soon = new Date(Date.now() + hourMs).toISOString()
    const ago = new Date(Date.now() - hourMs).toISOString()
    const now = await list({ direction: 'inbound', from: ago, to: soon })
    expect(now.pagination.total).toBe(1)
    expect((await list({ direction: 'inbound', to: ago })).pagination.total).toBe(0)
  })
})

describe('a list that is asked for wrongly names the field:', () => {
  const cases: [query: string, path: string][] = [
    ['to=nobody', 'query.to'],
    ['to=12', 'query.to'],
    ['to=2026-13-01', 'query.to'],
    ['to=2026-03-01T09:00:00', 'query.to'],
    ['to=2026-03-01&to=2026-03-02', 'query.to'],
    [`to=${alice}&to=${bob}`, 'query.to'],
    [`to=${alice}&to=${bob}&to=2026-03-01`, 'query.to'],
    ['from=yesterday', 'query.from'],
    ['from=1969-12-31', 'query.from'],
    ['from=2026-03-02&to=2026-03-01', 'query.to'],
    ['from=2026-03-01T09:00:00Z&to=2026-03-01T09:00:00Z', 'query.to'],
    ['session=', 'query.session'],
    ['limit=201', 'query.limit'],
    ['batch_id=1', 'query.batch_id'],
  ]
  test.each(cases)('%s', async (query, path) => {
    expectInvalid(await hermod.call('GET', `/messages?${query}`, { key }), path)
  })

  test('a session that does not exist', async () => {
    const answer = await hermod.call('GET', '/messages?session=nobody', { key })
    expectRefusal(answer, { status: 404, code: 'session_not_found' })
  })
})

describe('the total', () => {
  test('is exact where counters know, and says where counting stopped', async () => {
    const account = await hermod.register()
    const me = (await hermod.call('GET', '/auth/me', { key: account })).body.data
    const day = new Date(Date.now() - 72 * hourMs)
    await sql.query(
      `with made as (
         insert into messages (id, account_id, session_id, status, lane, address, content, body, due_at, created_at)
         select ($3 || lpad(to_hex(n), 12, '0'))::uuid, s.account_id, s.id, 'sent', 'normal', $4,
                '{"type":"text","body":"Hi"}', 'Hi', $2, $2
           from sessions s, generate_series(1, 10001) n where s.account_id = $1
         returning account_id, status, created_at)
       insert into counter_deltas (account_id, hour, status, delta)
       select account_id, date_trunc('hour', created_at, 'UTC'), status, count(*) from made group by 1, 2, 3`,
      [me.id, day, idFloor(day).slice(0, 24), alice],
    )
    const total = async (query: Record<string, string>) => {
      const { total: count, totalCapped } = (await list({ ...query, limit: '1' }, account)).pagination
      return { count, totalCapped }
    }
    const exact = { count: 10_001, totalCapped: undefined }
    const hour = new Date(Math.floor(day.getTime() / hourMs) * hourMs)
    const nextHour = new Date(hour.getTime() + hourMs)
    expect(await total({})).toEqual(exact)
    expect(await total({ status: 'sent' })).toEqual(exact)
    expect(await total({ from: hour.toISOString(), to: nextHour.toISOString() })).toEqual(exact)
    const capped = { count: 10_000, totalCapped: true }
    expect(await total({ to: alice })).toEqual(capped)
    expect(await total({ session: 'sandbox' })).toEqual(capped)
    expect(await total({ to: bob })).toEqual({ count: 0, totalCapped: undefined })
  })
})
