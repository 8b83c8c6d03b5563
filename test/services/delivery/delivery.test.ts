import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeBackends } from '../../support/backends.ts'
import { deliveriesOf, endpointsOf, untilDeliveries } from '../../support/endpoints.ts'
import { connectSender, type TestSender } from '../../support/senders.ts'
import { startTestService, until, type TestService } from '../../support/service.ts'

/** One event a send: the fake Graph tells nothing more. */
const events = ['message.sent']
const waits = [150, 150, 150, 150]

describeBackends('the delivery of webhooks', (backend) => {
  let hermod: TestService
  const endpoints = endpointsOf(() => hermod)
  beforeAll(async () => {
    const redisUrl = backend.freshRedisUrl()
    hermod = await startTestService({
      ...(redisUrl !== null && { redisUrl }),
      graph: { callbacks: { statuses: [] } },
      configure: (config) => ({
        ...config,
        webhooks: {
          ...config.webhooks,
          timeoutMs: 10_000,
          scheduleMs: waits,
          breaker: { openMs: 150, openMsMax: 300 },
        },
      }),
    })
  })
  afterAll(() => hermod.stop())

  const endpointOf = async (key: string, id: string) =>
    (await hermod.call('GET', `/webhook-endpoints/${id}`, { key })).body.data

  const detailOf = async (key: string, id: string) =>
    (await hermod.call('GET', `/webhook-deliveries/${id}`, { key })).body.data

  /** A second endpoint of the account, which hears of the first one's trouble. */
  const makeObserver = (sender: TestSender) =>
    endpoints.make(sender.key, {
      events: ['endpoint.disabled', 'endpoint.recovered', 'delivery.failing', 'delivery.exhausted'],
    })

  test.concurrent('Retry-After lengthens the wait and never shortens it', async () => {
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events })
    endpoint.respond(() => ({ status: 500, headers: { 'retry-after': '3600' } }))
    await sender.send()
    const [delivery] = await until(
      () => deliveriesOf(hermod, sender.key, endpoint.id),
      ([one]) => one?.attempts === 1 && one.status === 'pending',
    )
    const { log } = await detailOf(sender.key, delivery?.id ?? '')
    const waitMs = Date.parse(log[0].nextAttemptAt) - Date.parse(log[0].at)
    expect(waitMs).toBeGreaterThanOrEqual(3_600_000)
    expect(waitMs).toBeLessThan(3_700_000)

    const hasty = await connectSender(hermod)
    const other = await endpoints.make(hasty.key, { events })
    other.respond(() => ({ status: 500, headers: { 'retry-after': '0' } }))
    await hasty.send()
    const [failed] = await untilDeliveries(
      hermod,
      { key: hasty.key, endpointId: other.id, count: 1 },
      'failed',
    )
    for (const attempt of (await detailOf(hasty.key, failed?.id ?? '')).log.slice(0, -1)) {
      expect(Date.parse(attempt.nextAttemptAt) - Date.parse(attempt.at)).toBeGreaterThanOrEqual(0.8 * 150)
    }
  })

  test.concurrent('an app that aborts a message is not asked again', async () => {
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events })
    endpoint.respond(() => ({ status: 400, headers: { 'webhook-delivery': 'abort-message' } }))
    await sender.send()
    const given = { key: sender.key, endpointId: endpoint.id, count: 1 }
    expect(await untilDeliveries(hermod, given, 'failed')).toMatchObject([{ attempts: 1, lastStatus: 400 }])
    expect(endpoint.deliveries()).toHaveLength(1)
  })

  test.concurrent('an endpoint that is gone (410) is disabled at once, which another one is told', async () => {
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events })
    const observer = await makeObserver(sender)
    endpoint.respond(() => ({ status: 410 }))
    await sender.send()
    const [told] = await observer.until(1)
    expect(told?.payload).toMatchObject({
      type: 'endpoint.disabled',
      data: { endpointId: endpoint.id, reason: 'gone' },
    })
    expect(await endpointOf(sender.key, endpoint.id)).toMatchObject({
      enabled: false,
      disabledReason: 'gone',
    })
    await sender.send()
    expect(await deliveriesOf(hermod, sender.key, endpoint.id)).toMatchObject([
      { status: 'failed', attempts: 1, lastStatus: 410 },
    ])
    expect(endpoint.deliveries()).toHaveLength(1)
  })

  test.concurrent('an endpoint gets no more a second than it wants, and each at the first attempt', async () => {
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events, ratePerSecond: 5 })
    await Promise.all(Array.from({ length: 25 }, () => sender.send()))
    const came = await endpoint.until(25)
    const times = came.map(({ at }) => at)
    // 24 distances of 200 ms, less what the first one may have been held up on its way.
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(3_500)
    const given = { key: sender.key, endpointId: endpoint.id, count: 25 }
    const deliveries = await untilDeliveries(hermod, given, 'delivered')
    expect(new Set(deliveries.map(({ attempts }) => attempts))).toEqual(new Set([1]))
  })

  test.concurrent('what waits for an endpoint that is down costs no attempts, and comes when it is up', async () => {
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events })
    let down = true
    endpoint.respond(() => (down ? { status: 500 } : null))
    for (let sent = 0; sent < 20; sent += 1) await sender.send()
    await endpoint.until(10)
    await until(
      () => endpointOf(sender.key, endpoint.id),
      ({ failingSince }) => failingSince !== null,
    )
    const late = await Promise.all(Array.from({ length: 40 }, () => sender.send()))
    await until(
      () => deliveriesOf(hermod, sender.key, endpoint.id),
      (items) => items.length === 60,
    )
    down = false
    const given = { key: sender.key, endpointId: endpoint.id, count: 60 }
    const deliveries = await untilDeliveries(hermod, given, 'delivered', 'failed')
    const arrived = endpoint.deliveries().map(({ body }) => JSON.parse(body).data.messageId)
    expect(late.filter((id) => !arrived.includes(id))).toEqual([])
    const attempts = deliveries.map((one) => one.attempts)
    expect(attempts.filter((count) => count === 1).length).toBeGreaterThanOrEqual(30)
    expect(await endpointOf(sender.key, endpoint.id)).toMatchObject({ failingSince: null })
  })

  test.concurrent('trouble is told when it lasts and when a delivery is given up, and not about such news', async () => {
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events })
    const observer = await makeObserver(sender)
    const quarrelsome = await makeObserver(sender)
    endpoint.respond(() => ({ status: 500 }))
    quarrelsome.respond(() => ({ status: 500 }))
    await sender.send()
    const told = await observer.until(2)
    expect(told.map(({ payload }) => payload)).toMatchObject([
      { type: 'delivery.failing', data: { endpointId: endpoint.id, attempts: 4, lastStatus: 500 } },
      { type: 'delivery.exhausted', data: { endpointId: endpoint.id, attempts: 5 } },
    ])
    const given = { key: sender.key, endpointId: quarrelsome.id, count: 2 }
    await untilDeliveries(hermod, given, 'failed', 'canceled')
    expect(await endpointOf(sender.key, endpoint.id)).toMatchObject({ enabled: true })
    const about = observer
      .deliveries()
      .filter(({ body }) => body.includes(`"endpointId":"${quarrelsome.id}"`))
    expect(about.filter(({ body }) => body.includes('"delivery.'))).toEqual([])
  })

  test.concurrent('an endpoint that took nothing for too long is disabled, and enabled again it gets what comes', async () => {
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events })
    const observer = await makeObserver(sender)
    endpoint.respond(() => ({ status: 500 }))
    await sender.send()
    await until(
      () => endpointOf(sender.key, endpoint.id),
      ({ failingSince }) => failingSince !== null,
    )
    await hermod.service.ctx.db.query(
      '',
      `update webhook_endpoints set failing_since = now() - interval '6 days' where id = $1`,
      [endpoint.id],
    )
    await until(
      () => observer.deliveries(),
      (came) => came.some(({ body }) => body.includes('"endpoint.disabled"')),
    )
    expect(await endpointOf(sender.key, endpoint.id)).toMatchObject({
      enabled: false,
      disabledReason: 'failing',
    })
    endpoint.respond(null)
    const enabled = { key: sender.key, body: { enabled: true } }
    expect((await hermod.call('PATCH', `/webhook-endpoints/${endpoint.id}`, enabled)).status).toBe(200)
    const count = endpoint.deliveries().length
    await sender.send()
    await endpoint.until(count + 1)
  })

  test.concurrent('an attempt is kept with what the app answered, without its cookies', async () => {
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events })
    endpoint.respond(() => ({
      status: 200,
      headers: { 'set-cookie': 'session=secret', 'x-served-by': 'app-1' },
      body: 'x'.repeat(40_000),
    }))
    await sender.send()
    const given = { key: sender.key, endpointId: endpoint.id, count: 1 }
    const [delivery] = await untilDeliveries(hermod, given, 'delivered')
    const detail = await detailOf(sender.key, delivery?.id ?? '')
    expect(detail.payload).toEqual(endpoint.deliveries()[0]?.payload)
    expect(detail.log).toMatchObject([
      {
        attempt: 1,
        trigger: 'schedule',
        status: 200,
        error: null,
        remoteAddress: '127.0.0.1',
        responseHeaders: { 'set-cookie': '[redacted]', 'x-served-by': 'app-1' },
        nextAttemptAt: null,
      },
    ])
    expect(detail.log[0].responseBody).toBe('x'.repeat(16_384))
    expect(detail.log[0].latencyMs).toBeGreaterThanOrEqual(0)
  })

  test.concurrent('new events and others’ retries leave while more retries hang than there are places', async () => {
    const stuck = await connectSender(hermod)
    const hanging = await Promise.all(
      Array.from({ length: 40 }, () => endpoints.make(stuck.key, { events: ['message.sent'] })),
    )
    const ids = hanging.map(({ id }) => id)
    const statusesOfHanging = () =>
      hermod.service.ctx.db.query<{ status: string; last_error: string | null }>(
        '',
        'select status, last_error from webhook_deliveries where endpoint_id = any($1::uuid[])',
        [ids],
      )
    await Promise.all(Array.from({ length: 16 }, () => stuck.send()))
    await until(
      statusesOfHanging,
      (rows) => rows.length === 640 && rows.every(({ status }) => status === 'delivered'),
      '640 first deliveries',
    )
    for (const endpoint of hanging) endpoint.respond(() => ({ kind: 'hang' }))
    // As if each had failed twice before.
    await hermod.service.ctx.db.query(
      '',
      `update webhook_deliveries set attempt = 2, status = 'pending', due_at = now(), wake_at = now()
        where endpoint_id = any($1::uuid[])`,
      [ids],
    )
    await until(statusesOfHanging, (rows) => rows.every(({ status }) => status === 'delivering'))
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events })
    // Beyond the second attempt they share the places with the retries that hang.
    const tries = new Map<string, number>()
    endpoint.respond(({ webhookId }) => {
      tries.set(webhookId, (tries.get(webhookId) ?? 0) + 1)
      return (tries.get(webhookId) ?? 0) > 3 ? null : { status: 500 }
    })
    await sender.send()
    const retried = { key: sender.key, endpointId: endpoint.id, count: 1 }
    expect(await untilDeliveries(hermod, retried, 'delivered')).toMatchObject([{ attempts: 4 }])
    endpoint.respond(null)
    await Promise.all(Array.from({ length: 10 }, () => sender.send()))
    await endpoint.until(4 + 10)
    expect((await statusesOfHanging()).filter((row) => row.last_error === 'E_TIMEOUT')).toEqual([])
  })
})
