import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serviceMember, type Member } from '../../storm/members.ts'
import { deliveriesOf, endpointsOf, untilDeliveries } from '../../support/endpoints.ts'
import { connectSender } from '../../support/senders.ts'
import { startTestService, testSecretsKey, type TestService } from '../../support/service.ts'

let hermod: TestService
let folder: string
let worker: Member
const endpoints = endpointsOf(() => hermod)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hermod-crash-'))
  hermod = await startTestService({
    graph: { callbacks: { statuses: [] } },
    configure: (config) => ({ ...config, role: 'api' }),
  })
  const env = {
    DATABASE_URL: hermod.databaseUrl,
    DATA_DIR: folder,
    SECRETS_KEY: testSecretsKey,
    META_GRAPH_URL: hermod.graph.url,
    OUTBOUND_ALLOW_CIDRS: '127.0.0.0/8',
    CLOUD_RATE_PER_SECOND: '10000',
    WEBHOOK_TIMEOUT_SECONDS: '1',
    LOG_LEVEL: 'warn',
  }
  worker = serviceMember('worker', { folder, env }, () => undefined)
  await worker.start()
})
afterAll(async () => {
  await worker.stop()
  await hermod.stop()
  await rm(folder, { recursive: true, force: true })
})

test('a worker that is killed between the app’s answer and its record sends again, with the same id, and loses nothing', async () => {
  const sender = await connectSender(hermod)
  const endpoint = await endpoints.make(sender.key, { events: ['message.sent'] })
  const ids = await Promise.all(Array.from({ length: 20 }, () => sender.send()))
  await endpoint.until(ids.length)
  // From here on each delivery has come and is not answered before its worker is gone.
  const before = endpoint.deliveries().length
  endpoint.respond(() => ({ delayMs: 700 }))
  await Promise.all(Array.from({ length: 5 }, () => sender.send()))
  const interrupted = (await endpoint.until(before + 5)).slice(before)
  await worker.kill()
  endpoint.respond(null)
  await worker.start()
  const given = { key: sender.key, endpointId: endpoint.id, count: ids.length + 5 }
  await untilDeliveries(hermod, given, 'delivered')
  const came = hermod.receiver.groups()
  for (const { webhookId } of interrupted) {
    const group = (came.get(webhookId) ?? []).filter(({ path }) => path === endpoint.path)
    expect(group.length).toBeGreaterThan(1)
    expect(new Set(group.map(({ body }) => body)).size).toBe(1)
    expect(group.every(({ verified }) => verified)).toBe(true)
  }
  // Read anew: each interrupted delivery was attempted again, and the others were not.
  const deliveries = await deliveriesOf(hermod, sender.key, endpoint.id)
  const repeated = deliveries.filter(({ attempts }) => attempts > 1).map(({ eventId }) => eventId)
  expect(repeated.toSorted()).toEqual(interrupted.map(({ webhookId }) => webhookId).toSorted())
}, 60_000)
