import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeBackends } from '../support/backends.ts'
import { connectSender, letGracePass, messagesUntil, type TestSender } from '../support/senders.ts'
import { startTestService, until, type MessageView, type TestService } from '../support/service.ts'

const ratePerSecond = 50

describeBackends('the pipeline', (backend) => {
  let hermod: TestService
  beforeAll(async () => {
    const redisUrl = backend.freshRedisUrl()
    hermod = await startTestService({
      ...(redisUrl !== null && { redisUrl }),
      env: {
        CLOUD_RATE_PER_SECOND: String(ratePerSecond),
        SEND_TIMEOUT_SECONDS: '5',
        SEND_LEASE_SECONDS: '9',
        UNKNOWN_SETTLE_SECONDS: '2',
      },
    })
  })
  afterAll(() => hermod.stop())

  const statusOf = (wanted: string) => (message: MessageView) => message.status === wanted
  const words = (message: MessageView) => message.timeline.map(({ status }) => status)
  const outcomes = (message: MessageView) => message.attempts.map(({ outcome, code }) => code ?? outcome)
  const timesAccepted = (id: string) => hermod.graph.control.ledger.timesAccepted(id)
  const rules = () => hermod.graph.control.rules

  const allAre = ({ key }: TestSender, ids: string[], ...wanted: string[]) =>
    messagesUntil(hermod, { key, ids }, ({ status }) => wanted.includes(status))

  const handedOver = ['sent', 'delivered', 'read']
  const time = (message: MessageView | undefined, field: string): number =>
    Date.parse(String(message?.[field]))

  test.concurrent('a sender never exceeds its pace, in any second, and every message goes out once', async () => {
    const sender = await connectSender(hermod)
    const stalls = monitorEventLoopDelay({ resolution: 5 })
    stalls.enable()
    const ids = await Promise.all(Array.from({ length: 120 }, () => sender.send()))
    await allAre(sender, ids, ...handedOver)
    stalls.disable()
    expect(ids.map(timesAccepted)).toEqual(ids.map(() => 1))
    const arrivals = hermod.graph.control.ledger.messages
      .filter(({ phoneNumberId }) => phoneNumberId === sender.phoneNumberId)
      .map(({ at }) => at)
      .toSorted((one, other) => one - other)
    // Requests that left in time may arrive together: two, and as many as this process, which is on both sides,
    // missed to send while it stood still.
    const jitter = 2 + Math.ceil((stalls.max / 1_000_000 / 1_000) * ratePerSecond)
    for (const [index, at] of arrivals.entries()) {
      const within = arrivals.slice(index).filter((other) => other < at + 1_000)
      expect(within.length).toBeLessThanOrEqual(ratePerSecond + jitter)
    }
  })

  test.concurrent('each recipient gets messages in the order of acceptance; recipients do not wait for each other', async () => {
    const sender = await connectSender(hermod)
    rules().add(
      { when: { phoneNumberId: sender.phoneNumberId, share: 0.2 }, delayMs: 60 },
      { when: { phoneNumberId: sender.phoneNumberId, share: 0.4 }, delayMs: 15 },
    )
    const people = Array.from({ length: 5 }, () => sender.recipient())
    const accepted = new Map(people.map((to): [string, string[]] => [to, []]))
    for (let round = 0; round < 30; round += 1) {
      for (const [to, ids] of accepted) ids.push(await sender.send({ to }))
    }
    await allAre(sender, [...accepted.values()].flat(), ...handedOver)
    const { ledger } = hermod.graph.control
    for (const [to, ids] of accepted) {
      expect(ledger.byRecipient(to).map(({ correlationId }) => correlationId)).toEqual(ids)
    }
    const sequence = ledger.messages.map(({ to }) => to).filter((to) => accepted.has(to))
    const switches = sequence.filter((to, index) => index > 0 && to !== sequence[index - 1])
    expect(switches.length).toBeGreaterThan(50)
  })

  test.concurrent('one slow message holds up no other that was accepted with it', async () => {
    const sender = await connectSender(hermod)
    const slowRecipient = sender.recipient()
    rules().add({ when: { to: slowRecipient }, delayMs: 4_500, callbacks: { statuses: [] } })
    const [slow, ...others] = await Promise.all([
      sender.send({ to: slowRecipient }),
      ...Array.from({ length: 20 }, () => sender.send()),
    ])
    const done = await allAre(sender, others, ...handedOver)
    const last = await hermod.messageUntil(sender.key, slow, statusOf('sent'))
    expect(Math.max(...done.map((message) => time(message, 'sentAt')))).toBeLessThan(time(last, 'sentAt'))
    expect(timesAccepted(slow)).toBe(1)
  })

  test.concurrent('a throttled sender tries again until it is let through, and every attempt is told', async () => {
    const sender = await connectSender(hermod)
    const error = { kind: 'error', code: 130429 } as const
    rules().add({ when: { phoneNumberId: sender.phoneNumberId }, times: 2, outcome: error })
    const id = await sender.send()
    const message = await hermod.messageUntil(sender.key, id, statusOf('read'))
    expect(outcomes(message)).toEqual(['throttled', 'throttled', 'accepted'])
    expect(words(message)).toEqual([
      'queued',
      'processing',
      'retrying',
      'processing',
      'retrying',
      'processing',
      'sent',
      'delivered',
      'read',
    ])
    expect(message).toMatchObject({ errorCode: null, errorMessage: null })
    expect(timesAccepted(id)).toBe(1)
  })

  test.concurrent('a throttled recipient holds back its own messages, in order, and nobody else’s', async () => {
    const sender = await connectSender(hermod)
    const to = sender.recipient()
    let throttled = true
    rules().add({
      when: (arrival) => throttled && arrival.to === to,
      outcome: { kind: 'error', code: 131056 },
    })
    const first = await sender.send({ to })
    await hermod.messageUntil(sender.key, first, statusOf('retrying'))
    const second = await sender.send({ to })
    const other = await sender.send()
    await allAre(sender, [other], ...handedOver)
    expect([first, second].map(timesAccepted)).toEqual([0, 0])
    throttled = false
    const [one, two] = await allAre(sender, [first, second], ...handedOver)
    const reasons = one?.attempts.map(({ code }) => code) ?? []
    expect(new Set(reasons.slice(0, -1))).toEqual(new Set(['recipient_throttled']))
    expect(two?.attempts).toHaveLength(1)
    const arrivals = hermod.graph.control.ledger.byRecipient(to).map(({ correlationId }) => correlationId)
    expect(arrivals).toEqual([first, second])
  })

  test.concurrent('what can never be sent fails at once, with the reason', async () => {
    const sender = await connectSender(hermod)
    rules().add({ when: { phoneNumberId: sender.phoneNumberId }, outcome: { kind: 'error', code: 131026 } })
    const message = await hermod.messageUntil(sender.key, await sender.send(), statusOf('failed'))
    expect(message).toMatchObject({
      errorCode: 'recipient_unreachable',
      errorMessage: expect.stringMatching(/\w/),
    })
    expect(message.failedAt).not.toBeNull()
    expect(words(message)).toEqual(['queued', 'processing', 'failed'])
    expect(outcomes(message)).toEqual(['recipient_unreachable'])
  })

  test.concurrent('a token that Meta refuses stops the sender; what waits goes out once it is renewed and verified', async () => {
    const sender = await connectSender(hermod)
    // More than go out while they are accepted, so that some fail and some still wait.
    const ids = await Promise.all(Array.from({ length: 150 }, () => sender.send()))
    hermod.graph.control.expireToken(sender.accessToken)
    const stopped = await until(
      () =>
        hermod.call('POST', '/send-message', {
          key: sender.key,
          body: { to: sender.recipient(), message: 'Hi' },
        }),
      ({ status }) => status === 409,
      'a refused send',
    )
    expect(stopped.body).toMatchObject({ success: false, code: 'session_stopped' })
    const settled = await allAre(sender, ids, 'failed', 'queued', ...handedOver)
    const failed = settled.filter(({ status }) => status === 'failed')
    const waiting = settled.filter(({ status }) => status === 'queued').map(({ id }) => id)
    expect(failed.length).toBeGreaterThan(0)
    expect(new Set(failed.map(({ errorCode }) => errorCode))).toEqual(new Set(['auth_failed']))
    expect(waiting.length).toBeGreaterThan(0)

    const refused = await hermod.call('POST', '/auth/me/credentials/verify', { key: sender.key })
    expect(refused.body).toMatchObject({ code: 'credentials_rejected' })
    hermod.graph.control.renewToken(sender.accessToken)
    const verified = await hermod.call('POST', '/auth/me/credentials/verify', { key: sender.key })
    expect(verified.status).toBe(200)
    await letGracePass(hermod)
    await allAre(sender, waiting, ...handedOver)
    expect(waiting.map(timesAccepted)).toEqual(waiting.map(() => 1))
    expect(failed.map(({ id }) => timesAccepted(id))).toEqual(failed.map(() => 0))
  })

  test.concurrent('a lost answer is resolved by the callback, and the message is not sent again', async () => {
    const sender = await connectSender(hermod, { webhook: true })
    const drop = { kind: 'drop', accepted: true } as const
    rules().add({
      when: { phoneNumberId: sender.phoneNumberId },
      outcome: drop,
      callbacks: { delayMs: 900, statuses: ['delivered'] },
    })
    const id = await sender.send()
    const unknown = await hermod.messageUntil(sender.key, id, ({ attempts }) => attempts.length === 1)
    expect(outcomes(unknown)).toEqual(['unknown'])
    expect(unknown.status).toBe('processing')
    const message = await hermod.messageUntil(sender.key, id, statusOf('delivered'))
    expect(outcomes(message)).toEqual(['accepted'])
    expect(words(message)).toEqual(['queued', 'processing', 'delivered'])
    expect(message.externalId).toBe(hermod.graph.control.ledger.byCorrelation(id)[0]?.wamid)
    expect(message.sentAt).not.toBeNull()
    const told = await hermod.receiver.waitFor(({ path }) => path === sender.hook)
    expect(told.payload).toMatchObject({ data: { messageId: id, status: 'delivered' } })
    expect(timesAccepted(id)).toBe(1)
  })

  test.concurrent('a lost answer that no callback resolves is sent again after the settling time, and the timeline says so', async () => {
    const sender = await connectSender(hermod)
    const drop = { kind: 'drop', accepted: true } as const
    rules().add({
      when: { phoneNumberId: sender.phoneNumberId },
      times: 1,
      outcome: drop,
      callbacks: { statuses: [] },
    })
    const id = await sender.send()
    const message = await hermod.messageUntil(sender.key, id, statusOf('read'))
    expect(outcomes(message)).toEqual(['unknown', 'accepted'])
    expect(words(message)).toEqual([
      'queued',
      'processing',
      'retrying',
      'processing',
      'sent',
      'delivered',
      'read',
    ])
    const retry = message.timeline.find(({ status }) => status === 'retrying')
    expect(retry?.detail).toContain('may arrive twice')
    expect(timesAccepted(id)).toBe(2)
  })

  test.concurrent('where a sender prefers to fail, an unknown outcome fails, and a late callback still sets it right', async () => {
    const sender = await connectSender(hermod)
    await hermod.service.ctx.db.query('', `update sessions set on_unknown = 'fail' where sender_id = $1`, [
      sender.phoneNumberId,
    ])
    const drop = { kind: 'drop', accepted: true } as const
    rules().add({ when: { phoneNumberId: sender.phoneNumberId }, outcome: drop, callbacks: { hold: true } })
    const id = await sender.send()
    const failed = await hermod.messageUntil(sender.key, id, statusOf('failed'))
    expect(failed).toMatchObject({ errorCode: 'outcome_unknown' })
    hermod.graph.control.releaseCallbacks('reverse')
    const message = await hermod.messageUntil(
      sender.key,
      id,
      ({ status, timeline }) => status === 'read' && timeline.length === 6,
    )
    expect(message).toMatchObject({ errorCode: null, errorMessage: null, failedAt: null })
    expect(words(message).toSorted()).toEqual(['delivered', 'failed', 'processing', 'queued', 'read', 'sent'])
    expect(timesAccepted(id)).toBe(1)
  })

  test.concurrent('callbacks that overtake the answer end in the same state and timeline', async () => {
    const sender = await connectSender(hermod)
    rules().add({
      when: { phoneNumberId: sender.phoneNumberId },
      delayMs: 1_200,
      callbacks: { statuses: ['delivered', 'read'] },
    })
    const id = await sender.send()
    const early = await hermod.messageUntil(sender.key, id, statusOf('read'))
    // The callback vouches for the attempt; the answer, when it comes, has the last word on it.
    expect(outcomes(early)).toEqual(['accepted'])
    expect(words(early)).toEqual(['queued', 'processing', 'delivered', 'read'])
    const message = await hermod.messageUntil(sender.key, id, ({ timeline }) => timeline.length > 4)
    expect(outcomes(message)).toEqual(['accepted'])
    expect(message.status).toBe('read')
    expect(words(message)).toEqual(['queued', 'processing', 'sent', 'delivered', 'read'])
    expect(timesAccepted(id)).toBe(1)
  })

  test.concurrent('a worker that lost its lease cannot overwrite its successor', async () => {
    const sender = await connectSender(hermod)
    rules().add({
      when: { phoneNumberId: sender.phoneNumberId },
      times: 1,
      delayMs: 4_500,
      outcome: { kind: 'error', code: 131026 },
    })
    const id = await sender.send()
    await hermod.messageUntil(sender.key, id, statusOf('processing'))
    // Its lease ends now, and nobody tells what became of it.
    const endLease = () =>
      hermod.service.ctx.db.query(
        '',
        `update messages set wake_at = now() where id = $1 and status = 'processing' and attempt = 1`,
        [id],
      )
    await until(
      async () => {
        await endLease()
        const { body } = await hermod.call('GET', `/messages/${id}`, { key: sender.key })
        return body.data
      },
      statusOf('read'),
      'the successor',
    )
    const message = await hermod.messageUntil(
      sender.key,
      id,
      ({ attempts }) => attempts[0]?.outcome === 'refused',
    )
    expect(message).toMatchObject({ status: 'read', errorCode: null })
    expect(outcomes(message)).toEqual(['recipient_unreachable', 'accepted'])
    expect(words(message)).toEqual([
      'queued',
      'processing',
      'retrying',
      'processing',
      'sent',
      'delivered',
      'read',
    ])
  })

  test.concurrent('a message that is held up past its time to live expires, with the reason, and the app hears of it', async () => {
    const sender = await connectSender(hermod, { webhook: true })
    rules().add({ when: { phoneNumberId: sender.phoneNumberId }, outcome: { kind: 'error', code: 130429 } })
    const id = await sender.send({ ttlSeconds: 2 })
    const message = await hermod.messageUntil(sender.key, id, statusOf('failed'))
    expect(message).toMatchObject({
      reason: 'expired',
      errorCode: 'expired',
      failedAt: expect.any(String),
      errorMessage: expect.stringContaining('time to live'),
    })
    expect(message.timeline.at(-1)).toMatchObject({ status: 'failed', reason: 'expired' })
    const { payload } = await hermod.receiver.waitFor(({ path }) => path === sender.hook)
    expect(payload).toMatchObject({
      event: 'message.status_updated',
      data: {
        messageId: id,
        status: 'failed',
        failedAt: message['failedAt'],
        errorMessage: message['errorMessage'],
        reason: 'expired',
      },
    })
    expect(timesAccepted(id)).toBe(0)
  })
})
