import { afterAll, beforeAll, expect, test } from 'vitest'
import { transitionMessages } from '../../../src/services/messages/transition.ts'
import { tidyOnce } from '../../../src/services/operations/sweep.ts'
import { connectSender, type TestSender } from '../../support/senders.ts'
import { startTestService, until, type MessageView, type TestService } from '../../support/service.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

const rows = <Row extends Record<string, unknown>>(text: string, values: unknown[] = []): Promise<Row[]> =>
  hermod.service.ctx.db.query<Row>('', text, values)

interface Count extends Record<string, unknown> {
  account_id: string
  day: string
  status: string
  count: number
}

/** What the counters say of each day: folded ones, and changes that were not folded yet. */
const counted = () =>
  rows<Count>(
    `select account_id, day::text, status, sum(count)::int as count from (
       select account_id, day, status, count from counters
       union all select account_id, (hour at time zone 'UTC')::date, status, delta from counter_deltas) c
      group by 1, 2, 3 having sum(count) <> 0 order by 1, 2, 3`,
  )

const recounted = () =>
  rows<Count>(
    `select account_id, (created_at at time zone 'UTC')::date::text as day, status, count(*)::int as count
       from messages where direction = 'outbound' group by 1, 2, 3 order by 1, 2, 3`,
  )

/** Messages that end in many ways, of one account. */
async function sendMixture(sender: TestSender): Promise<void> {
  const { rules } = hermod.graph.control
  const refuse = (code: number) => ({ kind: 'error' as const, code })
  const [unreachable, flaky, bounced] = [sender.recipient(), sender.recipient(), sender.recipient()]
  rules.add(
    { when: { to: unreachable }, outcome: refuse(131026) },
    { when: { to: flaky }, times: 1, outcome: refuse(131000) },
    { when: { to: bounced }, callbacks: { failWith: 131026 } },
    {
      when: { phoneNumberId: sender.phoneNumberId, every: 3 },
      callbacks: { statuses: ['sent', 'delivered'] },
    },
    { when: { phoneNumberId: sender.phoneNumberId, every: 4 }, callbacks: { repeat: 3, order: 'reverse' } },
  )
  const later = new Date(Date.now() + 3_600_000).toISOString()
  await Promise.all([
    ...[unreachable, flaky, bounced].map((to) => sender.send({ to })),
    ...Array.from({ length: 40 }, () => sender.send()),
    ...Array.from({ length: 3 }, () => sender.send({ sendAt: later })),
  ])
}

test('counters equal a recount, before they are folded, while they are, and after', async () => {
  const senders = await Promise.all([connectSender(hermod), connectSender(hermod)])
  await Promise.all(senders.map(sendMixture))
  await until(
    () => rows(`select id from messages where status in ('queued', 'processing', 'retrying', 'sent')`),
    ({ length }) => length === 0,
    'an end of every message',
  )
  const expected = await recounted()
  expect(new Set(expected.map(({ status }) => status))).toEqual(
    new Set(['scheduled', 'delivered', 'read', 'failed']),
  )
  expect(await counted()).toEqual(expected)
  await Promise.all([
    tidyOnce(hermod.service.ctx),
    tidyOnce(hermod.service.ctx),
    tidyOnce(hermod.service.ctx),
  ])
  expect(await rows('select id from counter_deltas')).toEqual([])
  expect(await counted()).toEqual(expected)
})

test('the total of a list is the counters’, whether folded or not', async () => {
  const sender = await connectSender(hermod)
  const ids = await Promise.all(Array.from({ length: 7 }, () => sender.send()))
  await Promise.all(ids.map((id) => hermod.messageUntil(sender.key, id, ({ status }) => status === 'read')))
  const total = async (query: string): Promise<number> => {
    const answer = await hermod.call('GET', `/messages?limit=2${query}`, { key: sender.key })
    return answer.body.pagination.total
  }
  for (const tidy of [false, true]) {
    if (tidy) await tidyOnce(hermod.service.ctx)
    expect(await total('')).toBe(7)
    expect(await total('&status=read')).toBe(7)
    expect(await total('&status=failed')).toBe(0)
  }
})

test('idempotency records are forgotten when their time is over, and no sooner', async () => {
  const sender = await connectSender(hermod)
  const post = async (key: string) => {
    const body = { to: '14155552671', message: 'Hi' }
    const headers = { 'idempotency-key': key }
    const answer = await hermod.call('POST', '/send-message', { key: sender.key, body, headers })
    expect(answer.status).toBe(202)
    const id: string = answer.body.data.id
    return id
  }
  const [old, fresh] = [await post('old'), await post('fresh')]
  await rows(`update idempotency_keys set expires_at = now() - interval '1 second' where key = 'old'`)
  await tidyOnce(hermod.service.ctx)
  expect(await rows('select key from idempotency_keys')).toEqual([{ key: 'fresh' }])
  expect(await post('fresh')).toBe(fresh)
  expect(await post('old')).not.toBe(old)
})

test('a scheduled message goes out when its time has come', async () => {
  const sender = await connectSender(hermod)
  const id = await sender.send({ sendAt: new Date(Date.now() + 3_600_000).toISOString() })
  const before = await hermod.call('GET', `/messages/${id}`, { key: sender.key })
  expect(before.body.data).toMatchObject({ status: 'scheduled', attempts: [] })
  await rows('update messages set wake_at = now(), due_at = now(), scheduled_for = now() where id = $1', [id])
  const message = await hermod.messageUntil(sender.key, id, ({ status }) => status === 'read')
  expect(message.timeline.map(({ status }) => status)).toEqual([
    'scheduled',
    'queued',
    'processing',
    'sent',
    'delivered',
    'read',
  ])
})

test('a callback that was archived and never applied is applied by the sweeper', async () => {
  const sender = await connectSender(hermod)
  hermod.graph.control.rules.add({
    when: { phoneNumberId: sender.phoneNumberId },
    callbacks: { statuses: ['delivered'] },
  })
  const id = await sender.send()
  await hermod.messageUntil(sender.key, id, ({ status }) => status === 'delivered')
  // As if the process had died between archiving and applying.
  await rows(`update messages set status = 'sent', delivered_at = null, rev = rev + 1 where id = $1`, [id])
  await rows(
    `update callbacks set state = 'pending', applied_at = null, wake_at = now() where state = 'applied'`,
  )
  await hermod.messageUntil(sender.key, id, ({ status }) => status === 'delivered')
})

test('a sweeper that comes late cannot call an attempt unknown whose outcome is known', async () => {
  const sender = await connectSender(hermod)
  const id = await sender.send()
  const isOver = ({ status, attempts }: MessageView) => status === 'read' && attempts.length > 0
  const before = await hermod.messageUntil(sender.key, id, isOver)
  const at = new Date()
  await transitionMessages(hermod.service.ctx, [
    {
      id,
      change: { to: 'unknown', at, wakeAt: at, attempt: 1 },
      attempt: {
        messageId: id,
        attempt: 1,
        startedAt: at,
        endedAt: null,
        outcome: 'unknown',
        code: null,
        detail: 'gave it up',
        externalId: null,
        provider: null,
      },
    },
  ])
  const { body } = await hermod.call('GET', `/messages/${id}`, { key: sender.key })
  expect(body.data).toMatchObject({ status: 'read', attempts: before.attempts })
  expect(before.attempts).toMatchObject([{ outcome: 'accepted' }])
})
