import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Delivery } from '../../fakes/webhook-receiver/deliveries.ts'
import { closeServer, listen } from '../../fakes/http.ts'
import { describeBackends } from '../../support/backends.ts'
import { connectSender, setHook, type TestSender } from '../../support/senders.ts'
import { startTestService, until, type TestService } from '../../support/service.ts'

describeBackends('webhooks', (backend) => {
  const breaker = { openMs: 200, openMsMax: 800 }
  let hermod: TestService
  beforeAll(async () => {
    const redisUrl = backend.freshRedisUrl()
    hermod = await startTestService({
      ...(redisUrl !== null && { redisUrl }),
      graph: { callbacks: { statuses: [] } },
      configure: (config) => ({
        ...config,
        webhooks: {
          ...config.webhooks,
          timeoutMs: 1_500,
          scheduleMs: [200, 1_100, 300, 300, 300, 300],
          breaker,
        },
      }),
    })
    hermod.receiver.respond((delivery) => answers.get(delivery.path)?.(delivery) ?? null)
  })
  afterAll(() => hermod.stop())

  type Reply = ReturnType<NonNullable<Parameters<TestService['receiver']['respond']>[0]>>
  /** What the receiver does, by path, so that tests do not meet. */
  const answers = new Map<string, (delivery: Delivery) => Reply>()

  const deliveriesTo = (path: string): Delivery[] =>
    hermod.receiver.deliveries.filter((one) => one.path === path)
  const untilDelivered = (path: string, count: number) =>
    until(
      () => deliveriesTo(path),
      ({ length }) => length >= count,
      `${count} deliveries to ${path}`,
    )

  /** What the outbox says of the deliveries to an account's endpoint. */
  async function outbox(
    sender: TestSender,
  ): Promise<{ status: string; attempt: number; last_error: string | null }[]> {
    return hermod.service.ctx.db.query(
      '',
      `select d.status, d.attempt, d.last_error from webhook_deliveries d
         join sessions s on s.account_id = d.account_id where s.sender_id = $1 order by d.id`,
      [sender.phoneNumberId],
    )
  }

  const untilOutbox = (sender: TestSender, ...wanted: string[]) =>
    until(
      () => outbox(sender),
      (rows) => rows.length > 0 && rows.every(({ status }) => wanted.includes(status)),
      `an outbox of ${wanted.join(' and ')}`,
    )

  test.concurrent('an event is told until the app takes it: the same id and bytes, a fresh signature each time', async () => {
    const sender = await connectSender(hermod, { webhook: true })
    answers.set(sender.hook, () => (deliveriesTo(sender.hook).length < 2 ? { status: 500 } : null))
    const id = await sender.send({ metadata: { orderId: '1234' } })
    const told = await untilDelivered(sender.hook, 3)
    expect(told.every(({ verified }) => verified)).toBe(true)
    expect(new Set(told.map(({ webhookId }) => webhookId)).size).toBe(1)
    expect(new Set(told.map(({ body }) => body)).size).toBe(1)
    // The second wait is longer than a second, so the third attempt cannot carry the first one's time.
    const [first, , third] = told.map(({ timestamp }) => Number(timestamp))
    expect(third).toBeGreaterThan(first ?? Infinity)
    expect(told[0]?.payload).toMatchObject({ data: { messageId: id } })
    expect(await untilOutbox(sender, 'delivered')).toMatchObject([{ attempt: 3 }])
  })

  test.concurrent('the payload has the documented shape, key by key', async () => {
    const sender = await connectSender(hermod, { webhook: true })
    const to = sender.recipient()
    const id = await sender.send({ to, metadata: { orderId: '1234', tags: ['a'] } })
    const [delivery] = await untilDelivered(sender.hook, 1)
    expect(delivery?.headers).toMatchObject({ 'content-type': 'application/json' })
    expect(delivery?.payload).toStrictEqual({
      event: 'message.status_updated',
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/),
      data: {
        messageId: id,
        status: 'sent',
        to,
        deliveredAt: null,
        readAt: null,
        failedAt: null,
        errorMessage: null,
        metadata: { orderId: '1234', tags: ['a'] },
      },
    })
  })

  test.concurrent('a redirect is a failure and never followed', async () => {
    const sender = await connectSender(hermod, { webhook: true })
    const elsewhere = `${sender.hook}-elsewhere`
    answers.set(sender.hook, () => ({
      status: 307,
      headers: { location: `${hermod.receiver.url}${elsewhere}` },
    }))
    await sender.send()
    await untilDelivered(sender.hook, 2)
    expect(deliveriesTo(elsewhere)).toEqual([])
  })

  test.concurrent('an app that fails to the end of the schedule is given up, after one attempt more than it has waits', async () => {
    const sender = await connectSender(hermod, { webhook: true })
    answers.set(sender.hook, () => ({ status: 503 }))
    await sender.send()
    expect(await untilOutbox(sender, 'failed')).toMatchObject([{ attempt: 7, last_error: 'E_HTTP' }])
    expect(deliveriesTo(sender.hook).length).toBeLessThanOrEqual(7)
  })

  test.concurrent.each([
    ['hangs', () => ({ kind: 'hang' as const })],
    ['answers later than the limit', () => ({ delayMs: 2_500 })],
    ['cuts the connection', () => ({ kind: 'reset' as const })],
  ])('an app that %s is tried again', async (_what, reply) => {
    const sender = await connectSender(hermod, { webhook: true })
    answers.set(sender.hook, () => (deliveriesTo(sender.hook).length === 0 ? reply() : null))
    await sender.send()
    expect(await untilOutbox(sender, 'delivered')).toMatchObject([{ attempt: 2 }])
  })

  test.concurrent('an app whose answer never ends is cut off, byte by byte as it may come', async () => {
    const dripping = await startDripping()
    const sender = await connectSender(hermod)
    const url = `http://127.0.0.1:${dripping.port}/hook`
    await hermod.call('PUT', '/auth/me/webhook', { key: sender.key, body: { url } })
    await sender.send()
    const rows = await until(
      () => outbox(sender),
      ([row]) => (row?.attempt ?? 0) > 1,
      'a second attempt',
    )
    expect(rows).toMatchObject([{ last_error: 'E_TIMEOUT' }])
    await hermod.call('DELETE', '/auth/me/webhook', { key: sender.key })
    await dripping.close()
  })

  test.concurrent('a webhook that moved gets at its new place, with its new secret, what failed at the old one', async () => {
    const sender = await connectSender(hermod, { webhook: true })
    answers.set(sender.hook, () => ({ status: 500 }))
    await sender.send()
    const [before] = await untilDelivered(sender.hook, 1)
    const moved = `${sender.hook}-moved`
    await setHook(hermod, sender.key, moved)
    const [after] = await untilDelivered(moved, 1)
    expect(after).toMatchObject({ webhookId: before?.webhookId, body: before?.body, verified: true })
    await untilOutbox(sender, 'delivered')
  })

  test.concurrent('a webhook that was removed gets nothing more', async () => {
    const sender = await connectSender(hermod, { webhook: true })
    answers.set(sender.hook, () => ({ status: 500 }))
    const id = await sender.send()
    await untilDelivered(sender.hook, 1)
    const removed = await hermod.call('DELETE', '/auth/me/webhook', { key: sender.key })
    expect(removed.status).toBe(200)
    await untilOutbox(sender, 'canceled')
    const count = deliveriesTo(sender.hook).length
    const wamid = hermod.graph.control.ledger.byCorrelation(id)[0]?.wamid
    expect(wamid).toBeDefined()
    const later = await sender.send()
    await hermod.messageUntil(sender.key, later, ({ status }) => status === 'sent')
    expect(await outbox(sender)).toMatchObject([{ status: 'canceled' }])
    // One attempt may have been on its way while the webhook was removed.
    expect(deliveriesTo(sender.hook).length).toBeLessThanOrEqual(count + 1)
  })

  test.concurrent('an app that was down for a while gets everything afterwards', async () => {
    const sender = await connectSender(hermod, { webhook: true })
    let down = true
    answers.set(sender.hook, () => (down ? { status: 502 } : null))
    const ids = await Promise.all(Array.from({ length: 40 }, () => sender.send()))
    // Its breaker opens: of the forty only few are used to find out that it is still down.
    await untilDelivered(sender.hook, 12)
    down = false
    await untilOutbox(sender, 'delivered')
    const accepted = new Map(deliveriesTo(sender.hook).map(({ webhookId, payload }) => [webhookId, payload]))
    expect(accepted.size).toBe(40)
    const told = [...accepted.values()].map((payload) => (hasData(payload) ? payload.data.messageId : ''))
    expect(told.toSorted()).toEqual(ids.toSorted())
  })

  test.concurrent('an app that hangs holds up nobody else’s events', async () => {
    const hanging = await connectSender(hermod, { webhook: true })
    const healthy = await connectSender(hermod, { webhook: true })
    const released = `${hanging.hook}-released`
    answers.set(hanging.hook, () => ({ kind: 'hang' }))
    await Promise.all(Array.from({ length: 70 }, () => hanging.send()))
    await untilDelivered(hanging.hook, 32)
    await Promise.all(Array.from({ length: 20 }, () => healthy.send()))
    await untilDelivered(healthy.hook, 20)
    const statuses = (await outbox(hanging)).map(({ status }) => status)
    expect(statuses).toHaveLength(70)
    expect(statuses).not.toContain('delivered')
    // Both are at the same origin; not one attempt of the healthy one was spent on waiting for the other.
    await untilOutbox(healthy, 'delivered')
    expect(new Set((await outbox(healthy)).map(({ attempt }) => attempt))).toEqual(new Set([1]))
    await setHook(hermod, hanging.key, released)
    await untilOutbox(hanging, 'delivered')
    expect(new Set(deliveriesTo(released).map(({ webhookId }) => webhookId)).size).toBe(70)
  })
})

function hasData(payload: unknown): payload is { data: { messageId: string } } {
  return typeof payload === 'object' && payload !== null && 'data' in payload
}

/** A server that answers every request at once and never comes to an end. */
async function startDripping(): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' })
    const timer = setInterval(() => response.write('.'), 20)
    response.on('close', () => clearInterval(timer))
  })
  const port = await listen(server, { host: '127.0.0.1', port: 0 })
  return { port, close: () => closeServer(server) }
}
