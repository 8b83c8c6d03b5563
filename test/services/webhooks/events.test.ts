import { Ajv2020 } from 'ajv/dist/2020.js'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { payloadExample, webhookEventTypes, type NewEvent } from '../../../src/domain/webhooks/events.ts'
import { publishEvents } from '../../../src/services/webhooks/publish.ts'
import type { Delivery } from '../../fakes/webhook-receiver/deliveries.ts'
import { inboundCallback, postCallback } from '../../support/callbacks.ts'
import { connectSender, letGracePass, setHook, type TestSender } from '../../support/senders.ts'
import { startTestService, until, type TestService } from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

interface CatalogueEntry {
  type: string
  schema: object
  example: { data: object }
}

let hermod: TestService
let sql: Sql
let catalogue: Map<string, CatalogueEntry>
const ajv = new Ajv2020({
  strict: false,
  formats: {
    uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  },
})

beforeAll(async () => {
  // All receipts of a message in one callback: one that is overtaken by the next is told of by none.
  hermod = await startTestService({ graph: { callbacks: { stepMs: 0, flushMs: 20 } } })
  sql = await connectSql(hermod.databaseUrl)
  const key = await hermod.register()
  const { body } = await hermod.call('GET', '/webhook-events', { key })
  const emitted = body.data.filter(({ schema }: { schema: unknown }) => schema !== null)
  catalogue = new Map(emitted.map((entry: CatalogueEntry) => [entry.type, entry]))
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

let paths = 0

/** An endpoint of an account, at a path of its own, whose deliveries the receiver verifies. */
async function listen(
  key: string,
  settings: Record<string, unknown> = {},
): Promise<{ id: string; path: string; secret: string }> {
  paths += 1
  const path = `/events-${paths}`
  const body = { url: `${hermod.receiver.url}${path}`, ...settings }
  const answer = await hermod.call('POST', '/webhook-endpoints', { key, body })
  expect(answer.status).toBe(201)
  const { id, secret } = answer.body.data
  hermod.receiver.setSecret(secret, path)
  return { id, path, secret }
}

interface Told {
  type: string
  timestamp: string
  data: Record<string, any>
}

const deliveriesTo = (path: string): Delivery[] =>
  hermod.receiver.deliveries.filter((one) => one.path === path)

/** What a path was told, in the order of what happened where the events say it. */
function toldTo(path: string): Told[] {
  const payloads = deliveriesTo(path).map(({ body }): Told & { event?: string } => JSON.parse(body))
  return payloads
    .map((payload) => ({ ...payload, type: payload.type ?? payload.event }))
    .toSorted((one, other) => Number(one.data['sequence'] ?? 0) - Number(other.data['sequence'] ?? 0))
}

const typesTo = (path: string): string[] => toldTo(path).map(({ type }) => type)

/** Waits for some types, in any order, and proves every delivery so far: its signature and its schema. */
async function untilTold(path: string, ...types: string[]): Promise<Told[]> {
  const wanted = types.toSorted()
  await until(
    () => typesTo(path).toSorted(),
    (told) => told.length >= wanted.length,
    `${wanted.join(', ')} at ${path}`,
  )
  const told = toldTo(path)
  expect(told.map(({ type }) => type).toSorted()).toEqual(wanted)
  for (const { verified, problem, body } of deliveriesTo(path)) {
    expect([verified, problem]).toEqual([true, null])
    const bytesMax = body.includes('"type" : "message.received"') ? 64_000 : 20_000
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(bytesMax)
  }
  for (const payload of told) expectInCatalogue(payload)
  return told
}

function expectInCatalogue(payload: Told & { event?: string }): void {
  const entry = catalogue.get(payload.type)
  const { type, ...reference } = payload
  const body = type === 'message.status_updated' ? reference : payload
  const validate = ajv.compile(entry?.schema ?? {})
  expect([type, validate(body), validate.errors]).toEqual([type, true, null])
  // The schema lets receivers take more; there is not to be more.
  const { reason: _, dryRun: __, ...always } = reference.data
  const told = type === 'message.status_updated' ? always : payload.data
  expect(Object.keys(told).toSorted()).toEqual(Object.keys(entry?.example.data ?? {}).toSorted())
}

/** Resolves when nothing of an account's is on its way any more, so that what did not come never will. */
async function settled(sender: TestSender): Promise<void> {
  await hermod.graph.control.callbacksSettled()
  await until(
    () =>
      sql.query(
        `select d.status from webhook_deliveries d join sessions s on s.account_id = d.account_id
          where s.sender_id = $1 and d.status in ('pending', 'delivering')`,
        [sender.phoneNumberId],
      ),
    (open) => open.length === 0,
    'every delivery to arrive',
  )
}

const steps = ['message.queued', 'message.sent', 'message.delivered', 'message.read']

describe('a message', () => {
  test('is told step by step to whoever hears everything, each with the message as it stood and a sequence that grows', async () => {
    const sender = await connectSender(hermod)
    const { path } = await listen(sender.key)
    const to = sender.recipient()
    const id = await sender.send({ to, metadata: { orderId: '1234' } })
    const told = await untilTold(path, ...steps)
    expect(told.map(({ type }) => type)).toEqual(steps)
    const { body } = await hermod.call('GET', `/messages/${id}`, { key: sender.key })
    const message = body.data
    const always = {
      messageId: id,
      to,
      session: message.session,
      batchId: null,
      createdAt: message.createdAt,
      failedAt: null,
      errorCode: null,
      errorMessage: null,
      metadata: { orderId: '1234' },
      dryRun: false,
      // A price, where Meta told of the step with one.
      provider: expect.toBeOneOf([
        null,
        { pricing: expect.anything(), conversation: expect.anything() },
        { pricing: expect.anything() },
      ]),
    }
    const before = { sentAt: null, deliveredAt: null, readAt: null }
    const { externalId, sentAt, deliveredAt, readAt } = message
    expect(told.map(({ data }) => data)).toEqual([
      {
        ...always,
        ...before,
        status: 'queued',
        externalId: null,
        sequence: 0,
        occurredAt: message.createdAt,
      },
      {
        ...always,
        ...before,
        status: 'sent',
        externalId,
        sentAt,
        sequence: expect.any(Number),
        occurredAt: sentAt,
      },
      {
        ...always,
        ...before,
        status: 'delivered',
        externalId,
        sentAt,
        deliveredAt,
        sequence: expect.any(Number),
        occurredAt: deliveredAt,
      },
      {
        ...always,
        status: 'read',
        externalId,
        sentAt,
        deliveredAt,
        readAt,
        sequence: expect.any(Number),
        occurredAt: readAt,
      },
    ])
    const sequences = told.map(({ data }) => Number(data['sequence']))
    expect(new Set(sequences).size).toBe(sequences.length)
    expect(told.every(({ timestamp, data }) => timestamp === data['occurredAt'])).toBe(true)
  })

  test('whose receipts come all at once has a sequence of its own for each', async () => {
    const sender = await connectSender(hermod)
    const { path } = await listen(sender.key, {
      events: ['message.sent', 'message.delivered', 'message.read'],
    })
    hermod.graph.control.rules.add({
      when: { phoneNumberId: sender.phoneNumberId },
      callbacks: { delayMs: 300, stepMs: 0 },
    })
    await sender.send()
    const told = await untilTold(path, 'message.sent', 'message.delivered', 'message.read')
    expect(told.map(({ type }) => type)).toEqual(['message.sent', 'message.delivered', 'message.read'])
    expect(new Set(told.map(({ data }) => data['sequence'])).size).toBe(3)
  })

  test('that fails says why, and one that its owner tries again is queued again', async () => {
    const sender = await connectSender(hermod)
    const { path } = await listen(sender.key)
    const to = sender.recipient()
    hermod.graph.control.rules.add({ when: { to }, times: 1, outcome: { kind: 'error', code: 131_026 } })
    const id = await sender.send({ to })
    const [, failed] = await untilTold(path, 'message.queued', 'message.failed')
    expect(failed?.data).toMatchObject({
      messageId: id,
      failedAt: expect.any(String),
      errorCode: expect.stringMatching(/^[a-z_]+$/),
      errorMessage: expect.any(String),
    })
    await hermod.call('POST', `/messages/${id}/retry`, { key: sender.key })
    const told = await untilTold(path, 'message.queued', 'message.failed', ...steps)
    expect(told.map(({ type }) => type)).toEqual(['message.queued', 'message.failed', ...steps])
  })

  test('that is scheduled is queued when its time comes, and not before', async () => {
    const sender = await connectSender(hermod)
    const { path } = await listen(sender.key, { events: ['message.queued'] })
    const id = await sender.send({ sendAt: new Date(Date.now() + 3_600_000).toISOString() })
    expect(await sql.query('select id from webhook_events where message_id = $1', [id])).toEqual([])
    await sql.query('update messages set wake_at = now(), due_at = now() where id = $1', [id])
    const [queued] = await untilTold(path, 'message.queued')
    expect(queued?.data).toMatchObject({ messageId: id, sequence: 1 })
  })

  test('that is a dry run says so, and is counted nowhere', async () => {
    const sender = await connectSender(hermod)
    const { path } = await listen(sender.key, { events: ['message.sent', 'message.status_updated'] })
    const id = await sender.send({ dry_run: true })
    const updates = Array<string>(3).fill('message.status_updated')
    for (const { data } of await untilTold(path, 'message.sent', ...updates)) {
      expect(data).toMatchObject({ messageId: id, dryRun: true })
    }
    const { body: me } = await hermod.call('GET', '/auth/me', { key: sender.key })
    const { body: summary } = await hermod.call('GET', '/analytics/summary', { key: sender.key })
    expect([me.data.messagesSent, summary.data.total, summary.data.byStatus]).toEqual([0, 0, {}])
  })

  test('that is called off, or not handed over in time, says so', async () => {
    const sender = await connectSender(hermod)
    const { path } = await listen(sender.key, { events: ['message.canceled', 'message.expired'] })
    const sendAt = new Date(Date.now() + 3_600_000).toISOString()
    const [canceled, expired] = [await sender.send({ sendAt }), await sender.send({ sendAt })]
    await hermod.call('DELETE', `/messages/${canceled}`, { key: sender.key })
    await sql.query(
      `update messages set wake_at = now(), due_at = now(), expires_at = now() - interval '1 second' where id = $1`,
      [expired],
    )
    await letGracePass(hermod)
    const told = await untilTold(path, 'message.canceled', 'message.expired')
    expect(new Map(told.map(({ type, data }) => [type, data['messageId']]))).toEqual(
      new Map([
        ['message.canceled', canceled],
        ['message.expired', expired],
      ]),
    )
  })

  test('of a batch is told with the batch', async () => {
    const sender = await connectSender(hermod)
    const { path } = await listen(sender.key, { events: ['message.queued'] })
    const messages = [0, 1, 2].map(() => ({ to: sender.recipient(), message: 'Hi' }))
    const { body } = await hermod.call('POST', '/messages/bulk', { key: sender.key, body: { messages } })
    const told = await untilTold(path, 'message.queued', 'message.queued', 'message.queued')
    expect(new Set(told.map(({ data }) => data['to']))).toEqual(new Set(messages.map(({ to }) => to)))
    expect(new Set(told.map(({ data }) => data['batchId']))).toEqual(new Set([body.data.batchId]))
  })

  test('with as much metadata as there may be is told in less than 20 kB', async () => {
    const sender = await connectSender(hermod)
    const { path } = await listen(sender.key, { events: ['message.sent'] })
    const text = await sender.send({ metadata: { text: 'x'.repeat(16_300) } })
    // Written with blanks, this takes half as much again.
    const numbers = await sender.send({ metadata: { numbers: Array.from({ length: 8_000 }, () => 1) } })
    const told = await untilTold(path, 'message.sent', 'message.sent')
    const metadata = new Map(told.map(({ data }) => [data['messageId'], data['metadata']]))
    expect(metadata.get(text)).toEqual({ text: 'x'.repeat(16_300) })
    expect(metadata.get(numbers)).toBeNull()
  })
})

describe('what a customer writes', () => {
  test('is told once, however often Meta repeats it', async () => {
    const sender = await connectSender(hermod)
    await hermod.call('POST', '/auth/me/credentials/verify', { key: sender.key })
    const { path } = await listen(sender.key)
    const callback = inboundCallback(sender.phoneNumberId, `wamid.in-${sender.phoneNumberId}`, 'Where is it?')
    for (let time = 0; time < 3; time += 1) expect((await postCallback(hermod, callback)).status).toBe(200)
    const told = await until(
      () => toldTo(path).filter(({ type }) => type === 'message.received'),
      ({ length }) => length > 0,
    )
    await settled(sender)
    const { body } = await hermod.call('GET', '/messages?direction=inbound', { key: sender.key })
    const [message] = body.data
    expect(told).toHaveLength(1)
    expectInCatalogue(told[0] ?? { type: '', timestamp: '', data: {} })
    expect(told[0]?.data).toEqual({
      messageId: message.id,
      externalId: `wamid.in-${sender.phoneNumberId}`,
      from: '16505551234',
      fromUserId: null,
      profileName: 'Ana',
      to: expect.stringMatching(/^1646200\d{4}$/),
      session: message.session,
      username: null,
      type: 'text',
      body: 'Where is it?',
      bodyTruncated: false,
      media: null,
      content: { message: 'Where is it?' },
      contentTruncated: false,
      replyTo: null,
      group: null,
      forwarded: false,
      frequentlyForwarded: false,
      referral: null,
      product: null,
      errors: null,
      raw: message.raw,
      rawTruncated: false,
      sequence: 0,
      receivedAt: message.createdAt,
    })
  })

  test('brings the file with it by its id, and no more than 64 kB of words', async () => {
    const sender = await connectSender(hermod)
    await hermod.call('POST', '/auth/me/credentials/verify', { key: sender.key })
    const { path } = await listen(sender.key, { events: ['message.received'] })
    const text = inboundCallback(sender.phoneNumberId, `wamid.file-${sender.phoneNumberId}`, 'CAPTION')
    const document = {
      id: '1003',
      mime_type: 'application/pdf',
      filename: 'bill.pdf',
      caption: '\u{1f600}'.repeat(9_000),
    }
    const callback = text
      .replace('"type":"text"', '"type":"document"')
      .replace('"text":{"body":"CAPTION"}', `"document":${JSON.stringify(document)}`)
    expect((await postCallback(hermod, callback)).status).toBe(200)
    const [received] = await untilTold(path, 'message.received')
    expect(received?.data).toMatchObject({
      type: 'document',
      media: { mediaId: '1003', mimeType: 'application/pdf', filename: 'bill.pdf' },
      body: '\u{1f600}'.repeat(4_000),
      bodyTruncated: true,
    })
  })
})

describe('every type that is no message’s', () => {
  const announced = webhookEventTypes.filter((type) => !type.startsWith('message.'))

  test.each(announced)('%s reaches whoever subscribes', async (type) => {
    const sender = await connectSender(hermod)
    const [named, everything, other] = [
      await listen(sender.key, { events: [type] }),
      await listen(sender.key),
      await listen(sender.key, { events: ['message.read'] }),
    ]
    const accountId = (await hermod.call('GET', '/auth/me', { key: sender.key })).body.data.id
    await publishEvents(hermod.service.ctx, [announcementOf(type, accountId)])
    for (const { path } of [named, everything]) {
      const [told] = await untilTold(path, type)
      expect(told).toMatchObject({ type, data: payloadExample(type)['data'] })
    }
    await settled(sender)
    expect(typesTo(other.path)).toEqual([])
  })
})

test('a sender that its provider refuses is told to be stopped, and verified when its owner has mended it', async () => {
  const sender = await connectSender(hermod)
  const { path } = await listen(sender.key, { events: ['session.stopped', 'session.verified'] })
  const to = sender.recipient()
  hermod.graph.control.rules.add({ when: { to }, times: 1, outcome: { kind: 'error', code: 190 } })
  const id = await sender.send({ to })
  const [stopped] = await untilTold(path, 'session.stopped')
  const { body } = await hermod.call('GET', `/messages/${id}`, { key: sender.key })
  expect(stopped?.data).toMatchObject({ session: body.data.session, detail: expect.stringMatching(/\S/) })
  expect((await hermod.call('POST', '/auth/me/credentials/verify', { key: sender.key })).status).toBe(200)
  const told = await untilTold(path, 'session.stopped', 'session.verified')
  expect(told.at(-1)?.data).toMatchObject({
    session: body.data.session,
    displayPhoneNumber: expect.stringMatching(/^\+1 646/),
  })
})

/** Makes the example of a type happen. */
function announcementOf(type: string, accountId: string): NewEvent {
  const { data } = payloadExample(webhookEventTypes.find((one) => one === type) ?? 'message.sent')
  return JSON.parse(JSON.stringify({ type, accountId, data }))
}

describe('an endpoint', () => {
  test('hears the types that it names, and the reference’s only by name', async () => {
    const sender = await connectSender(hermod)
    const [some, reference, everything] = [
      await listen(sender.key, { events: ['message.read', 'message.queued'] }),
      await listen(sender.key, { events: ['message.status_updated'] }),
      await listen(sender.key),
    ]
    await sender.send()
    await untilTold(everything.path, ...steps)
    await untilTold(some.path, 'message.queued', 'message.read')
    await untilTold(reference.path, ...steps.slice(1).map(() => 'message.status_updated'))
  })

  test('hears of the sessions that it names, and of what is about none', async () => {
    const sender = await connectSender(hermod)
    const sandboxed = await listen(sender.key, {
      sessions: ['sandbox'],
      events: ['message.queued', 'endpoint.recovered'],
    })
    const all = await listen(sender.key, { events: ['message.queued'] })
    await sender.send()
    const sandbox = await sender.send({ session: 'sandbox' })
    const accountId = (await hermod.call('GET', '/auth/me', { key: sender.key })).body.data.id
    await publishEvents(hermod.service.ctx, [announcementOf('endpoint.recovered', accountId)])
    const told = await untilTold(sandboxed.path, 'message.queued', 'endpoint.recovered')
    await untilTold(all.path, 'message.queued', 'message.queued')
    expect(told.find(({ type }) => type === 'message.queued')?.data).toMatchObject({ messageId: sandbox })
  })

  test('of another account hears nothing', async () => {
    const [sender, stranger] = [await connectSender(hermod), await connectSender(hermod)]
    const [own, foreign] = [await listen(sender.key), await listen(stranger.key)]
    await sender.send()
    await untilTold(own.path, ...steps)
    await settled(sender)
    expect(typesTo(foreign.path)).toEqual([])
  })

  test('that was switched off by its owner misses what happens; one that failed finds it later', async () => {
    const sender = await connectSender(hermod)
    const { id, path } = await listen(sender.key, { events: ['message.sent'], enabled: false })
    const eventsOf = (messageId: string) =>
      sql.query('select type from webhook_events where message_id = $1', [messageId])
    const first = await sender.send()
    await hermod.messageUntil(sender.key, first, ({ status }) => status === 'read')
    expect(await eventsOf(first)).toEqual([])
    await sql.query(`update webhook_endpoints set disabled_reason = 'failing' where id = $1`, [id])
    const second = await sender.send()
    await hermod.messageUntil(sender.key, second, ({ status }) => status === 'read')
    expect(await eventsOf(second)).toEqual([{ type: 'message.sent' }])
    expect(await sql.query('select id from webhook_deliveries where endpoint_id = $1', [id])).toEqual([])
    expect(typesTo(path)).toEqual([])
  })

  test('that wants order gets a key for it, the recipient; the others do not', async () => {
    const sender = await connectSender(hermod)
    const [ordered, loose] = [
      await listen(sender.key, { ordered: true, events: ['message.sent'] }),
      await listen(sender.key, { events: ['message.sent'] }),
    ]
    const to = sender.recipient()
    await sender.send({ to })
    await untilTold(ordered.path, 'message.sent')
    await untilTold(loose.path, 'message.sent')
    const keys = (id: string) =>
      sql.query('select order_key from webhook_deliveries where endpoint_id = $1', [id])
    expect(await keys(ordered.id)).toEqual([{ order_key: to }])
    expect(await keys(loose.id)).toEqual([{ order_key: null }])
  })

  test('gets the headers of its owner’s own with every delivery, beside ours', async () => {
    const sender = await connectSender(hermod)
    const headers = [
      { name: 'X-Team', value: 'orders' },
      { name: 'Authorization', value: 'Bearer t', secret: true },
    ]
    const { path } = await listen(sender.key, { events: ['message.sent'], headers })
    await sender.send()
    await untilTold(path, 'message.sent')
    expect(deliveriesTo(path)[0]?.headers).toMatchObject({
      'x-team': 'orders',
      authorization: 'Bearer t',
      'content-type': 'application/json',
    })
  })

  test('whose secret is rotated is served by both until the old one’s time is over', async () => {
    const sender = await connectSender(hermod)
    const { id, path, secret } = await listen(sender.key, { events: ['message.sent'] })
    const rotate = async (gracePeriodSeconds: number): Promise<string> => {
      const body = { gracePeriodSeconds }
      const answer = await hermod.call('POST', `/webhook-endpoints/${id}/rotate-secret`, {
        key: sender.key,
        body,
      })
      return answer.body.data.secret
    }
    const second = await rotate(3_600)
    await sender.send()
    await untilTold(path, 'message.sent')
    const [during] = deliveriesTo(path)
    expect([secret, second].map((one) => isSignedWith(during, one))).toEqual([true, true])
    expect(during?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/)
    await sql.query(
      `update webhook_endpoints set old_secrets = jsonb_set(old_secrets, '{0,expiresAt}', '"2026-01-01T00:00:00Z"')
        where id = $1`,
      [id],
    )
    const third = await rotate(0)
    hermod.receiver.setSecret(third, path)
    await sender.send()
    const [, after] = await until(
      () => deliveriesTo(path),
      ({ length }) => length > 1,
    )
    expect([secret, second, third].map((one) => isSignedWith(after, one))).toEqual([false, false, true])
  })
})

function isSignedWith(delivery: Delivery | undefined, secret: string): boolean {
  if (delivery === undefined) throw new Error('nothing was delivered')
  const headers = Object.entries(delivery.headers).map(([name, value]) => [name, String(value)])
  try {
    new Webhook(secret).verify(delivery.body, Object.fromEntries(headers))
    return true
  } catch {
    return false
  }
}

test('the URL of PUT /auth/me/webhook is told in the reference’s form alone, whatever other endpoints hear', async () => {
  const sender = await connectSender(hermod)
  await setHook(hermod, sender.key, sender.hook)
  const { path } = await listen(sender.key)
  const id = await sender.send({ metadata: { orderId: '1234' } })
  await untilTold(path, ...steps)
  await until(
    () => deliveriesTo(sender.hook),
    ({ length }) => length >= 3,
  )
  await settled(sender)
  const payloads = deliveriesTo(sender.hook).map(({ body }): { event: string; data: object } =>
    JSON.parse(body),
  )
  expect(payloads).toHaveLength(3)
  for (const payload of payloads) {
    expect(Object.keys(payload)).toEqual(['event', 'timestamp', 'data'])
    expect(payload.event).toBe('message.status_updated')
    expect(Object.keys(payload.data)).toEqual([
      'messageId',
      'status',
      'to',
      'deliveredAt',
      'readAt',
      'failedAt',
      'errorMessage',
      'metadata',
    ])
    expect(payload.data).toMatchObject({ messageId: id, metadata: { orderId: '1234' } })
  }
})

test('an account without endpoints leaves no events behind', async () => {
  const sender = await connectSender(hermod)
  const id = await sender.send()
  await hermod.messageUntil(sender.key, id, ({ status }) => status === 'read')
  expect(await sql.query('select id from webhook_events where message_id = $1', [id])).toEqual([])
})
