import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliveriesOf, endpointsOf, untilDeliveries } from '../../support/endpoints.ts'
import { connectSender } from '../../support/senders.ts'
import { startTestService, until, type TestService } from '../../support/service.ts'

let hermod: TestService
const endpoints = endpointsOf(() => hermod)
beforeAll(async () => {
  hermod = await startTestService({
    graph: { callbacks: { statuses: [] } },
    configure: (config) => ({
      ...config,
      webhooks: { ...config.webhooks, timeoutMs: 300, leaseMs: 1_200, scheduleMs: [] },
    }),
  })
})
afterAll(() => hermod.stop())

const sql = (text: string) => hermod.service.ctx.db.query('', text, [])

/** Postgres takes no event of this type until it is called again. */
async function refuseEvents(type: string): Promise<() => Promise<unknown>> {
  await sql(`create function refuse_event() returns trigger language plpgsql as
    $$ begin raise exception 'not now'; end $$`)
  await sql(`create trigger refuse before insert on webhook_events for each row
    when (new.type = '${type}') execute function refuse_event()`)
  return async () => {
    await sql('drop trigger refuse on webhook_events')
    await sql('drop function refuse_event')
  }
}

test('that a delivery was given up is written with it or not at all, so that no crash loses the news', async () => {
  const sender = await connectSender(hermod)
  const endpoint = await endpoints.make(sender.key, { events: ['message.sent'] })
  const observer = await endpoints.make(sender.key, { events: ['delivery.exhausted'] })
  endpoint.respond(() => ({ status: 500 }))
  const allow = await refuseEvents('delivery.exhausted')
  await sender.send()
  await endpoint.until(1)
  // Its lease ran out and it was tried again: nothing was recorded of the first time.
  await endpoint.until(2)
  expect(await deliveriesOf(hermod, sender.key, endpoint.id)).toMatchObject([{ status: 'delivering' }])
  await allow()
  const given = { key: sender.key, endpointId: endpoint.id, count: 1 }
  const [delivery] = await untilDeliveries(hermod, given, 'failed')
  const [told] = await observer.until(1)
  expect(told?.payload).toMatchObject({
    type: 'delivery.exhausted',
    data: { endpointId: endpoint.id, deliveryId: delivery?.id },
  })
})

test('that an endpoint was disabled is written with it, and told to the others alone', async () => {
  const sender = await connectSender(hermod)
  const endpoint = await endpoints.make(sender.key, { events: ['message.sent', 'endpoint.disabled'] })
  const observer = await endpoints.make(sender.key, { events: ['endpoint.disabled'] })
  const view = async () =>
    (await hermod.call('GET', `/webhook-endpoints/${endpoint.id}`, { key: sender.key })).body.data
  endpoint.respond(() => ({ status: 410 }))
  const allow = await refuseEvents('endpoint.disabled')
  await sender.send()
  await endpoint.until(2)
  expect(await view()).toMatchObject({ enabled: true })
  await allow()
  await until(view, ({ enabled }) => enabled === false)
  const [told] = await observer.until(1)
  expect(told?.payload).toMatchObject({
    type: 'endpoint.disabled',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    data: { endpointId: endpoint.id, reason: 'gone', lastError: 'E_HTTP' },
  })
  expect(await deliveriesOf(hermod, sender.key, endpoint.id)).toHaveLength(1)
})
