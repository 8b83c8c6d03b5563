import { afterAll, beforeAll, expect, test } from 'vitest'
import { deliveriesOf, endpointsOf, untilDeliveries } from '../../support/endpoints.ts'
import { connectSender } from '../../support/senders.ts'
import { startTestService, until, type TestService } from '../../support/service.ts'

const dayMs = 24 * 3_600_000

let hermod: TestService
/** How far the service's clock is ahead. */
let aheadMs = 0
const endpoints = endpointsOf(() => hermod)
beforeAll(async () => {
  hermod = await startTestService({
    env: { WEBHOOK_LOG_DAYS: '5', RETENTION_DAYS: '20' },
    graph: { callbacks: { statuses: [] } },
    overrides: { clock: { now: () => new Date(Date.now() + aheadMs) } },
  })
})
afterAll(() => hermod.stop())

test('attempts are kept for WEBHOOK_LOG_DAYS, events for RETENTION_DAYS, and what is on its way until it is over', async () => {
  const sender = await connectSender(hermod)
  const [done, stuck] = await Promise.all([
    endpoints.make(sender.key, { events: ['message.sent'] }),
    endpoints.make(sender.key, { events: ['message.sent'] }),
  ])
  const waiting = sender.recipient()
  stuck.respond(({ body }) =>
    body.includes(waiting) ? { status: 500, headers: { 'retry-after': '36000' } } : null,
  )
  await sender.send()
  await sender.send({ to: waiting })
  await untilDeliveries(hermod, { key: sender.key, endpointId: done.id, count: 2 }, 'delivered')
  await until(
    () => deliveriesOf(hermod, sender.key, stuck.id),
    (items) =>
      items.map(({ attempts, status }) => `${status} ${attempts}`).join() === 'delivered 1,pending 1',
  )
  const [first] = await deliveriesOf(hermod, sender.key, done.id)
  const detail = async () => hermod.call('GET', `/webhook-deliveries/${first?.id}`, { key: sender.key })
  const logOf = async () => (await detail()).body.data.log
  expect(await logOf()).toHaveLength(1)

  aheadMs = 6 * dayMs
  await until(logOf, (log) => log.length === 0, 'an empty log')
  expect((await detail()).body.data).toMatchObject({ status: 'delivered', attempts: 1 })

  aheadMs = 21 * dayMs
  await until(detail, ({ status }) => status === 404, 'a delivery that is forgotten')
  const left = await until(
    () => deliveriesOf(hermod, sender.key, stuck.id),
    (items) => items.length === 1,
  )
  expect(left).toMatchObject([{ status: 'pending', attempts: 1 }])
  stuck.respond(null)
  const resend = await hermod.call('POST', `/webhook-deliveries/${left[0]?.id}/resend`, { key: sender.key })
  expect(resend.status).toBe(202)
  await until(
    () => stuck.deliveries().filter(({ body }) => body.includes(waiting)).length,
    (count) => count === 2,
  )
  await until(
    () => deliveriesOf(hermod, sender.key, stuck.id),
    (items) => items.length === 0,
  )
})
