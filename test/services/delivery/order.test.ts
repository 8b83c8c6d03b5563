import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeBackends } from '../../support/backends.ts'
import { deliveriesOf, endpointsOf, untilDeliveries } from '../../support/endpoints.ts'
import { connectSender, type TestSender } from '../../support/senders.ts'
import { startTestService, until, type TestService } from '../../support/service.ts'

const events = ['message.sent']

describeBackends('an endpoint with strict order', (backend) => {
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
          scheduleMs: [150, 150, 150],
          breaker: { openMs: 150, openMsMax: 300 },
        },
      }),
    })
  })
  afterAll(() => hermod.stop())

  test.concurrent('gets a recipient’s next event only when the one before was delivered', async () => {
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events, ordered: true })
    let underWay = 0
    let most = 0
    const failedOnce = new Set<string>()
    endpoint.respond(({ webhookId }) => {
      underWay += 1
      most = Math.max(most, underWay)
      setTimeout(() => (underWay -= 1), 20)
      if (failedOnce.has(webhookId)) return { delayMs: 20 }
      failedOnce.add(webhookId)
      return { status: 500, delayMs: 20 }
    })
    const to = sender.recipient()
    for (let count = 0; count < 4; count += 1) await sender.send({ to })
    const given = { key: sender.key, endpointId: endpoint.id, count: 4 }
    const deliveries = await untilDeliveries(hermod, given, 'delivered')
    expect(most).toBe(1)
    expect(endpoint.deliveries().map(({ webhookId }) => webhookId)).toEqual(
      deliveries.flatMap(({ eventId }) => [eventId, eventId]),
    )
    // Waiting for another one used no attempt.
    expect(deliveries.map(({ attempts }) => attempts)).toEqual([2, 2, 2, 2])
  })

  /** Sends, and waits until its event stands in the outbox: those of other recipients come behind it. */
  async function sendNext(sender: TestSender, to: string): Promise<void> {
    const id = await sender.send({ to })
    await hermod.messageUntil(sender.key, id, ({ sentAt }) => sentAt !== null)
  }

  test.concurrent('keeps one recipient’s events back for another’s trouble no longer than its own', async () => {
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events, ordered: true })
    const [stuck, free] = [sender.recipient(), sender.recipient()]
    endpoint.respond(({ body }) =>
      body.includes(stuck) ? { status: 500, headers: { 'retry-after': '600' } } : null,
    )
    await sender.send({ to: stuck })
    await endpoint.until(1)
    await sendNext(sender, stuck)
    await sender.send({ to: free })
    await until(
      () => endpoint.deliveries(),
      (came) => came.some(({ body }) => body.includes(free)),
    )
    const deliveries = await until(
      () => deliveriesOf(hermod, sender.key, endpoint.id),
      (items) => items.filter(({ status }) => status === 'delivered').length === 1,
    )
    // The one that waits behind the stuck one used no attempt.
    expect(deliveries.map(({ attempts }) => attempts)).toEqual([1, 0, 1])
  })

  test.concurrent('goes on with the next one when one is given up', async () => {
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events, ordered: true })
    const to = sender.recipient()
    endpoint.respond(({ webhookId }) =>
      webhookId === endpoint.deliveries()[0]?.webhookId || endpoint.deliveries().length === 0
        ? { status: 500 }
        : null,
    )
    await sender.send({ to })
    await endpoint.until(1)
    await sender.send({ to })
    const given = { key: sender.key, endpointId: endpoint.id, count: 2 }
    const deliveries = await untilDeliveries(hermod, given, 'delivered', 'failed')
    expect(deliveries).toMatchObject([
      { status: 'failed', attempts: 4 },
      { status: 'delivered', attempts: 1 },
    ])
  })
  test.concurrent('is probed past what waits for an earlier event, and stays alone while it fails', async () => {
    const sender = await connectSender(hermod)
    const endpoint = await endpoints.make(sender.key, { events, ordered: true })
    const stuck = sender.recipient()
    endpoint.respond(({ body }) => ({
      status: 500,
      ...(body.includes(stuck) && { headers: { 'retry-after': '600' } }),
    }))
    const view = async () =>
      (await hermod.call('GET', `/webhook-endpoints/${endpoint.id}`, { key: sender.key })).body.data
    await sender.send({ to: stuck })
    await endpoint.until(1)
    // From here on the oldest that is due cannot go.
    await sendNext(sender, stuck)
    await Promise.all(Array.from({ length: 15 }, () => sender.send()))
    await until(view, ({ breaker }) => breaker.state !== 'closed')
    // Nothing is under way any more that left before it opened.
    await until(
      () => deliveriesOf(hermod, sender.key, endpoint.id),
      (items) => items.length === 17 && items.every(({ status }) => status === 'pending'),
    )
    const states = new Set<string>()
    const count = endpoint.deliveries().length
    await until(
      async () => {
        states.add((await view()).breaker.state)
        return endpoint.deliveries().length
      },
      (length) => length >= count + 3,
    )
    expect([...states]).not.toContain('closed')
    endpoint.respond(({ body }) => (body.includes(stuck) ? { status: 500 } : null))
    await until(
      () => deliveriesOf(hermod, sender.key, endpoint.id),
      (items) => items.every(({ status }, index) => index < 2 || ['delivered', 'failed'].includes(status)),
    )
  })
})
