import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLog } from '../../../src/kit/log.ts'
import { startService, type Service } from '../../../src/app.ts'
import type { Rule } from '../../fakes/graph-api/rules.ts'
import { describeBackends } from '../../support/backends.ts'
import { expectRefusal } from '../../support/refusal.ts'
import {
  connectSender,
  letGracePass,
  messagesUntil,
  readMessages,
  type TestSender,
} from '../../support/senders.ts'
import {
  startTestService,
  until,
  type Answer,
  type MessageView,
  type TestService,
} from '../../support/service.ts'

type Outcome = Rule['outcome']
/** Meta's "service unavailable". */
const unavailable: Outcome = { kind: 'error', code: 131_016 }
const troubles = { unavailable, silent: { kind: 'hang', accepted: false } } satisfies Record<string, Outcome>

describeBackends('the breaker', (backend) => {
  let hermod: TestService
  let second: Service
  beforeAll(async () => {
    const redisUrl = backend.freshRedisUrl()
    hermod = await startTestService({
      ...(redisUrl !== null && { redisUrl }),
      env: { METRICS_TOKEN: 'metrics-token-of-the-test' },
    })
    for (const [trouble, outcome] of Object.entries(troubles)) {
      hermod.graph.control.rules.add({
        when: ({ endpoint, phoneNumberId }) =>
          endpoint === 'messages' &&
          troubled.get(phoneNumberId) === trouble &&
          counts(phoneNumberId, trouble),
        outcome,
      })
    }
    // Every job goes to one of two workers, which share nothing but the database and the queue.
    const config = { ...hermod.service.ctx.config, role: 'worker' as const }
    second = await startService(config, { log: createLog('silent') })
  })
  afterAll(async () => {
    await second.stop()
    await hermod.stop()
  })

  const ledger = () => hermod.graph.control.ledger
  const timesAccepted = (id: string) => ledger().timesAccepted(id)
  /** Whose requests fail at Meta, and how; and how many of them did. */
  const troubled = new Map<string, string>()
  const requests = new Map<string, number>()
  function counts(phoneNumberId: string, trouble: string): true {
    const name = `${phoneNumberId} ${trouble}`
    requests.set(name, (requests.get(name) ?? 0) + 1)
    return true
  }
  const failing = ({ phoneNumberId }: TestSender, trouble: keyof typeof troubles = 'unavailable') =>
    troubled.set(phoneNumberId, trouble)
  const mend = ({ phoneNumberId }: TestSender) => troubled.delete(phoneNumberId)

  async function sessionOf(sender: TestSender): Promise<any> {
    const { body } = await hermod.call('GET', '/sessions', { key: sender.key })
    return body.data.find(({ name }: { name: string }) => name === 'default')
  }
  const trySend = (sender: TestSender, fields: object = {}): Promise<Answer> =>
    hermod.call('POST', '/send-message', {
      key: sender.key,
      body: { to: sender.recipient(), message: 'Hi', ...fields },
    })
  /** Resolves with the refusal of a send, once the API knows; what it took before is kept like anything else. */
  const untilPaused = (sender: TestSender): Promise<Answer> =>
    until(
      () => trySend(sender),
      ({ status }) => status === 503,
      'a paused sender',
    )
  /** Accepts many at once, so that the pause comes after; resolves with their ids in the order of acceptance. */
  async function sendTogether(sender: TestSender, recipients: string[]): Promise<string[]> {
    const { key } = sender
    const messages = recipients.map((to) => ({ to, message: 'Hi' }))
    const { body } = await hermod.call('POST', '/messages/bulk', { key, body: { messages } })
    const list = await hermod.call('GET', `/messages?limit=200&batchId=${body.data.batchId}`, { key })
    return list.body.data.map(({ id }: { id: string }) => id).toReversed()
  }
  /** Pauses a sender while many messages wait for its pace, and lets every worker learn of it. */
  async function pause(sender: TestSender): Promise<string[]> {
    const { id } = await sessionOf(sender)
    await hermod.call('PATCH', `/sessions/${id}`, { key: sender.key, body: { ratePerSecond: 40 } })
    const recipients = Array.from({ length: 80 }, () => sender.recipient())
    const ids = await sendTogether(sender, recipients)
    await untilPaused(sender)
    // Long enough to look around in.
    await hermod.service.ctx.db.query(
      '',
      `update sessions set breaker_until = now() + interval '10 minutes', breaker_trips = 1 where id = $1`,
      [id],
    )
    await until(
      () =>
        hermod.service.ctx.db.query(
          '',
          `select status, due_at from messages where session_id = $1
              and (status = 'processing' or status in ('queued', 'retrying') and due_at < now() + interval '3 s')`,
          [id],
        ),
      (busy) => busy.length === 0,
      'everything to be put off',
    )
    return ids
  }
  const readAll = ({ key }: TestSender, ids: string[]) => readMessages(hermod, { key, ids })
  const isRead = ({ status }: MessageView) => status === 'read'
  const allRead = ({ key }: TestSender, ids: string[]) => messagesUntil(hermod, { key, ids }, isRead)
  /** The same for messages that were put off for longer than a test can wait. */
  const allReadInTime = ({ key }: TestSender, ids: string[]) =>
    messagesUntil(hermod, { key, ids }, isRead, () => letGracePass(hermod))
  /** Makes the end of a pause come, as if its time were over. */
  async function letPauseEnd(sender: TestSender): Promise<void> {
    const { id } = await sessionOf(sender)
    await hermod.service.ctx.db.query('', 'update sessions set breaker_until = now() where id = $1', [id])
  }

  test.concurrent('pauses a sender whose provider fails, tells why, and heals by itself: nothing is lost, doubled or out of order', async () => {
    const sender = await connectSender(hermod)
    failing(sender)
    const people = Array.from({ length: 6 }, () => sender.recipient())
    const ids = await sendTogether(sender, [...people, ...people, ...people])
    const refused = await untilPaused(sender)
    expect(await sessionOf(sender)).toMatchObject({
      state: 'paused',
      stopped: null,
      breaker: { state: 'open', trips: 1, code: 'provider_unavailable', detail: expect.any(String) },
      lastError: { code: 'provider_unavailable', detail: expect.any(String), at: expect.any(String) },
    })
    expectRefusal(refused, { status: 503, code: 'session_paused' })
    expect(refused.body.error).toMatch(/"default".*resolves automatically/)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    const { body: metrics } = await hermod.call('GET', '/metrics', { key: 'metrics-token-of-the-test' })
    expect(Number(/hermod_session_breakers\{state="open"\} (\d+)/.exec(metrics)?.[1])).toBeGreaterThan(0)

    mend(sender)
    await allRead(sender, ids)
    expect(ids.map(timesAccepted)).toEqual(ids.map(() => 1))
    for (const [index, to] of people.entries()) {
      const inOrder = [0, 6, 12].map((round) => ids[round + index])
      expect(
        ledger()
          .byRecipient(to)
          .map(({ correlationId }) => correlationId),
      ).toEqual(inOrder)
    }
    expect(await sessionOf(sender)).toMatchObject({
      state: 'active',
      breaker: { state: 'closed', until: null, trips: 0, code: null, detail: null },
      lastError: { code: 'provider_unavailable' },
    })
    expect((await trySend(sender)).status).toBe(202)
  })

  test.concurrent('what is queued waits without an attempt', async () => {
    const sender = await connectSender(hermod)
    failing(sender)
    const ids = await pause(sender)
    const waiting = (await readAll(sender, ids)).filter(({ attempts }) => attempts.length === 0)
    expect(waiting.length).toBeGreaterThan(20)
    expect(new Set(waiting.map(({ status }) => status))).toEqual(new Set(['queued']))
    // The pause is for ten minutes; they look again before, because new credentials may end it.
    const [{ late } = { late: null }] = await hermod.service.ctx.db.query<{ late: number }>(
      '',
      `select count(*)::int as late from messages
        where id = any($1::uuid[]) and due_at > now() + interval '31 seconds'`,
      [waiting.map(({ id }) => id)],
    )
    expect(late).toBe(0)
    mend(sender)
    await letPauseEnd(sender)
    await allReadInTime(sender, ids)
    const sent = await readAll(sender, ids)
    const waited = new Set(waiting.map(({ id }) => id))
    for (const { id, attempts } of sent) {
      if (waited.has(id)) expect(attempts).toMatchObject([{ attempt: 1, outcome: 'accepted' }])
    }
    expect(ids.map(timesAccepted)).toEqual(ids.map(() => 1))
  })

  test.concurrent('half open, it lets one message of all workers through, and opens for longer when that fails', async () => {
    const sender = await connectSender(hermod)
    failing(sender)
    const ids = await pause(sender)
    // No answer at all, which takes as long as a send may.
    failing(sender, 'silent')
    await letPauseEnd(sender)
    const again = await until(
      async () => {
        await letGracePass(hermod)
        return sessionOf(sender)
      },
      ({ breaker }) => breaker.trips === 2,
      'a probe that failed',
    )
    expect(requests.get(`${sender.phoneNumberId} silent`)).toBe(1)
    expect(again.breaker).toMatchObject({ state: 'open', code: 'outcome_unknown' })
    expect(Date.parse(again.breaker.until) - Date.parse(again.updatedAt)).toBe(10_000)

    mend(sender)
    await letPauseEnd(sender)
    expect(
      (
        await until(
          () => trySend(sender),
          ({ status }) => status !== 503,
        )
      ).status,
    ).toBe(202)
    await allReadInTime(sender, ids)
    expect(ids.map(timesAccepted)).toEqual(ids.map(() => 1))
    expect((await sessionOf(sender)).breaker).toMatchObject({ state: 'closed', trips: 0 })
  })

  test.concurrent('holds back nobody else, no test, no dry run, and no message for a later time', async () => {
    const sender = await connectSender(hermod)
    const other = await connectSender(hermod)
    const replayable = { 'idempotency-key': 'before-the-pause' }
    const first = { to: sender.recipient(), message: 'Hi' }
    const post = (body: unknown) =>
      hermod.call('POST', '/send-message', { key: sender.key, body, headers: replayable })
    expect((await post(first)).status).toBe(202)
    failing(sender)
    await pause(sender)
    const { body: made } = await hermod.call('POST', '/keys', {
      key: sender.key,
      body: { name: 'test', mode: 'test' },
    })
    const statuses = async (...answers: Promise<Answer>[]) =>
      (await Promise.all(answers)).map(({ status }) => status)
    const inMs = (ms: number) => new Date(Date.now() + ms).toISOString()
    expect(
      await statuses(
        trySend(other),
        trySend(sender, { dry_run: true }),
        trySend(sender, { session: 'sandbox' }),
        trySend({ ...sender, key: made.data.apiKey }),
        trySend(sender, { sendAt: inMs(3_600_000) }),
        post(first),
      ),
    ).toEqual([202, 202, 202, 202, 202, 202])
    expect(await statuses(trySend(sender, { sendAt: inMs(1_000) }))).toEqual([503])

    const bulk = { messages: [{ ...first, session: 'sandbox' }, first] }
    const refused = await hermod.call('POST', '/messages/bulk', { key: sender.key, body: bulk })
    expectRefusal(refused, { status: 503, code: 'session_paused' })
    const { body: listed } = await hermod.call('GET', '/messages?limit=200', { key: sender.key })
    const batches = listed.data.map(({ batchId }: { batchId: string | null }) => batchId)
    expect([...new Set(batches)].filter((id) => id !== null)).toHaveLength(1)
    mend(sender)
  })
})

describe('what is no trouble of the sender leaves its breaker closed:', () => {
  let hermod: TestService
  beforeAll(async () => {
    hermod = await startTestService()
  })
  afterAll(() => hermod.stop())

  const breakerOf = async (key: string, name: string): Promise<unknown> => {
    const { body } = await hermod.call('GET', '/sessions', { key })
    return body.data.find((session: { name: string }) => session.name === name).breaker.state
  }

  test('refusals of single messages, and one message that fails again and again', async () => {
    const sender = await connectSender(hermod)
    const unlucky = sender.recipient()
    hermod.graph.control.rules.add(
      { when: { to: unlucky }, outcome: unavailable },
      { when: { phoneNumberId: sender.phoneNumberId }, outcome: { kind: 'error', code: 131_026 } },
    )
    const one = await sender.send({ to: unlucky })
    const others = await Promise.all(Array.from({ length: 30 }, () => sender.send()))
    await Promise.all(
      others.map((id) => hermod.messageUntil(sender.key, id, ({ status }) => status === 'failed')),
    )
    await until(
      async () => {
        await letGracePass(hermod)
        return hermod.call('GET', `/messages/${one}`, { key: sender.key })
      },
      ({ body }) => body.data.attempts.length >= 6,
      'six attempts',
    )
    expect(await breakerOf(sender.key, 'default')).toBe('closed')
    expect(
      (await hermod.call('POST', '/send-message', { key: sender.key, body: { to: unlucky, message: 'Hi' } }))
        .status,
    ).toBe(202)
  })

  test('the failures that the sandbox plays', async () => {
    const key = await hermod.register()
    const body = { to: '14155550109', message: 'Hi', session: 'sandbox' }
    const sent = await Promise.all(
      Array.from({ length: 10 }, () => hermod.call('POST', '/send-message', { key, body })),
    )
    const tried = ({ attempts }: MessageView) => attempts.length > 0
    const [first] = sent
    await hermod.messageUntil(key, first?.body.data.id, tried)
    const others = Array.from({ length: 10 }, (_, index) => ({ ...body, to: `1415777${1_000 + index}` }))
    await hermod.call('PATCH', `/sessions/${await sandboxOf(key)}`, {
      key,
      body: { settings: { scenario: 'always_unavailable', latencyMs: 0 } },
    })
    const played = await Promise.all(
      others.map((other) => hermod.call('POST', '/send-message', { key, body: other })),
    )
    await Promise.all(played.map((answer) => hermod.messageUntil(key, answer.body.data.id, tried)))
    expect(await breakerOf(key, 'sandbox')).toBe('closed')
    expect((await hermod.call('POST', '/send-message', { key, body })).status).toBe(202)
  })

  const sandboxOf = async (key: string): Promise<string> => {
    const { body } = await hermod.call('GET', '/sessions', { key })
    return body.data.find((session: { name: string }) => session.name === 'sandbox').id
  }
})
