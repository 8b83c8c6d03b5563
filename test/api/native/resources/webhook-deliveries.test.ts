import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliveriesOf, endpointsOf, untilDeliveries } from '../../../support/endpoints.ts'
import { expectInvalid, expectRefusal } from '../../../support/refusal.ts'
import { connectSender } from '../../../support/senders.ts'
import { startTestService, until, type TestService } from '../../../support/service.ts'

const events = ['message.sent']
let hermod: TestService
const endpoints = endpointsOf(() => hermod)

beforeAll(async () => {
  hermod = await startTestService({
    graph: { callbacks: { statuses: [] } },
    configure: (config) => ({
      ...config,
      webhooks: { ...config.webhooks, scheduleMs: [100], breaker: { openMs: 100, openMsMax: 200 } },
    }),
  })
})
afterAll(() => hermod.stop())

const detailOf = async (key: string, id: string) =>
  (await hermod.call('GET', `/webhook-deliveries/${id}`, { key })).body.data

const resend = (key: string, id: string) => hermod.call('POST', `/webhook-deliveries/${id}/resend`, { key })

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

test('deliveries are listed page by page, by status, type and time', async () => {
  const sender = await connectSender(hermod)
  const endpoint = await endpoints.make(sender.key, { events: ['message.queued', 'message.sent'] })
  for (let count = 0; count < 4; count += 1) await sender.send()
  const given = { key: sender.key, endpointId: endpoint.id, count: 4 }
  await untilDeliveries(hermod, given, 'delivered')
  const all = await until(
    () => deliveriesOf(hermod, sender.key, endpoint.id),
    (items) => items.filter(({ type }) => type === 'message.sent').length === 4,
  )
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const route: string = `/webhook-endpoints/${endpoint.id}/deliveries?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`
    const { body } = await hermod.call('GET', route, { key: sender.key })
    seen.push(...body.data.map(({ id }: { id: string }) => id))
    cursor = body.pagination.nextCursor
  }
  expect(seen).toEqual(all.map(({ id }) => id).toReversed())
  const listed = (query: string) => deliveriesOf(hermod, sender.key, endpoint.id, query)
  expect(await listed('&type=message.sent')).toHaveLength(4)
  expect(await listed('&status=failed')).toEqual([])
  expect(await listed(`&until=${minutesAgo(5)}`)).toEqual([])
  expect(await listed(`&since=${minutesAgo(5)}`)).toHaveLength(all.length)
})

test('a delivery can be sent again, once, with the same id; its failure changes and schedules nothing', async () => {
  const sender = await connectSender(hermod)
  const endpoint = await endpoints.make(sender.key, { events })
  await sender.send()
  const given = { key: sender.key, endpointId: endpoint.id, count: 1 }
  const [delivered] = await untilDeliveries(hermod, given, 'delivered')
  const id = delivered?.id ?? ''
  endpoint.respond(() => ({ status: 500 }))
  expect(await resend(sender.key, id)).toMatchObject({
    status: 202,
    body: { data: { id, status: 'pending' } },
  })
  const detail = await until(
    () => detailOf(sender.key, id),
    ({ log }) => log.length === 2,
  )
  expect(detail).toMatchObject({ status: 'delivered', nextAttemptAt: null, lastStatus: 500 })
  expect(detail.log).toMatchObject([
    { attempt: 1, trigger: 'schedule', status: 204 },
    { attempt: 0, trigger: 'manual', status: 500, nextAttemptAt: null },
  ])
  const [first, second] = endpoint.deliveries()
  expect(second).toMatchObject({ webhookId: first?.webhookId, body: first?.body, verified: true })
})

test('a delivery that was given up can be sent again, even to an endpoint that is disabled', async () => {
  const sender = await connectSender(hermod)
  const endpoint = await endpoints.make(sender.key, { events })
  endpoint.respond(() => ({ status: 410 }))
  await sender.send()
  const given = { key: sender.key, endpointId: endpoint.id, count: 1 }
  const [failed] = await untilDeliveries(hermod, given, 'failed')
  endpoint.respond(null)
  expect((await resend(sender.key, failed?.id ?? '')).status).toBe(202)
  await untilDeliveries(hermod, given, 'delivered')
  expect(endpoint.deliveries()).toHaveLength(2)
})

test('a delivery whose endpoint was removed cannot be sent again', async () => {
  const sender = await connectSender(hermod)
  const endpoint = await endpoints.make(sender.key, { events })
  await sender.send()
  const given = { key: sender.key, endpointId: endpoint.id, count: 1 }
  const [delivered] = await untilDeliveries(hermod, given, 'delivered')
  await hermod.call('DELETE', `/webhook-endpoints/${endpoint.id}`, { key: sender.key })
  expectRefusal(await resend(sender.key, delivered?.id ?? ''), {
    status: 409,
    code: 'delivery_not_resendable',
  })
})

test('a sample is sent at once, signed and marked, whatever the endpoint hears', async () => {
  const sender = await connectSender(hermod)
  const endpoint = await endpoints.make(sender.key, { events })
  const answer = await hermod.call('POST', `/webhook-endpoints/${endpoint.id}/test`, {
    key: sender.key,
    body: { type: 'message.failed' },
  })
  expect(answer.status).toBe(202)
  const [sample] = await endpoint.until(1)
  expect(sample).toMatchObject({ verified: true, payload: { type: 'message.failed' } })
  expect(sample?.headers['webhook-test']).toBe('true')
  const [delivery] = await untilDeliveries(
    hermod,
    { key: sender.key, endpointId: endpoint.id, count: 1 },
    'delivered',
  )
  expect(delivery).toMatchObject({ id: answer.body.data.deliveryId, test: true })
})

test('an endpoint is sent what it missed, also while it was disabled, and nothing that it took', async () => {
  const sender = await connectSender(hermod)
  const endpoint = await endpoints.make(sender.key, { events })
  const took = await sender.send()
  const given = { key: sender.key, endpointId: endpoint.id, count: 1 }
  await untilDeliveries(hermod, given, 'delivered')
  endpoint.respond(() => ({ status: 410 }))
  const refused = await sender.send()
  await untilDeliveries(hermod, { ...given, count: 2 }, 'delivered', 'failed')
  const missed = await Promise.all(Array.from({ length: 120 }, () => sender.send()))
  for (const id of missed) await hermod.messageUntil(sender.key, id, ({ status }) => status === 'sent')
  endpoint.respond(null)
  const count = endpoint.deliveries().length
  const route = `/webhook-endpoints/${endpoint.id}/recover`
  const started = await hermod.call('POST', route, { key: sender.key, body: { since: minutesAgo(60) } })
  expect(started).toMatchObject({ status: 202, body: { data: { state: 'running', count: 0 } } })
  await endpoint.until(count + 121)
  const recovery = await until(
    async () =>
      (await hermod.call('GET', `/webhook-recoveries/${started.body.data.id}`, { key: sender.key })).body
        .data,
    ({ state }) => state === 'done',
  )
  expect(recovery.count).toBe(121)
  const again = endpoint.deliveries().slice(count)
  const told = again.map(({ body }): string => JSON.parse(body).data.messageId)
  expect(told.toSorted()).toEqual([refused, ...missed].toSorted())
  expect(told).not.toContain(took)
})

test('a recovery does not wait for the next attempt of what the endpoint refused', async () => {
  const sender = await connectSender(hermod)
  const endpoint = await endpoints.make(sender.key, { events })
  endpoint.respond(() => ({ status: 500, headers: { 'retry-after': '36000' } }))
  await sender.send()
  await until(
    () => deliveriesOf(hermod, sender.key, endpoint.id),
    ([one]) => one?.attempts === 1 && one.status === 'pending',
  )
  endpoint.respond(null)
  const body = { since: minutesAgo(60) }
  const started = await hermod.call('POST', `/webhook-endpoints/${endpoint.id}/recover`, {
    key: sender.key,
    body,
  })
  expect(started.status).toBe(202)
  await untilDeliveries(hermod, { key: sender.key, endpointId: endpoint.id, count: 1 }, 'delivered')
  const [first, second] = await endpoint.until(2)
  expect(second?.webhookId).toBe(first?.webhookId)
})

test('a recovery says what is wrong with what it is asked for', async () => {
  const sender = await connectSender(hermod)
  const endpoint = await endpoints.make(sender.key, { events })
  const recover = (body: unknown) =>
    hermod.call('POST', `/webhook-endpoints/${endpoint.id}/recover`, { key: sender.key, body })
  expectInvalid(await recover({ since: minutesAgo(15 * 24 * 60) }), 'body.since')
  expectInvalid(await recover({ since: minutesAgo(1), until: minutesAgo(2) }), 'body.since')
  expectInvalid(await recover({}), 'body.since')
  await hermod.call('PATCH', `/webhook-endpoints/${endpoint.id}`, {
    key: sender.key,
    body: { enabled: false },
  })
  expectRefusal(await recover({ since: minutesAgo(1) }), { status: 409, code: 'endpoint_disabled' })
})
