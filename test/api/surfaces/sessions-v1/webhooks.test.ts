import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { customerCallback, inboundCallback, postCallback } from '../../../support/callbacks.ts'
import {
  startTestService,
  until,
  type Answer,
  type CallOptions,
  type TestService,
} from '../../../support/service.ts'

let hermod: TestService
let key: string
let number = 0

beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

const v1 = (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
  hermod.call(method, `/api/v1${path}`, { key, ...options })

/** A new account with a number of its own, which is verified. */
async function connect(): Promise<string> {
  number += 1
  const phoneNumberId = `20654035224${1_000 + number}`
  hermod.graph.control.addPhone({ id: phoneNumberId, tokens: [`EAAtoken${number}`] })
  key = await hermod.connect({ phoneNumberId, accessToken: `EAAtoken${number}` })
  await hermod.call('POST', '/auth/me/credentials/verify', { key })
  return phoneNumberId
}

async function subscribe(path: string, wanted: Record<string, unknown> = {}): Promise<any> {
  const answer = await v1('POST', '/webhooks', { body: { url: `${hermod.receiver.url}${path}`, ...wanted } })
  expect(answer.status).toBe(201)
  return answer.body
}

/** The deliveries of a path, of one type. */
function delivered(path: string, type: string) {
  return hermod.receiver.waitFor(
    ({ path: to, body }) => to === path && JSON.parse(body).type === type,
    20_000,
  )
}

test('a webhook is made with its secret, listed without it, changed, and removed', async () => {
  await connect()
  const made = await subscribe('/crud')
  expect(made).toEqual({
    id: expect.any(String),
    url: `${hermod.receiver.url}/crud`,
    secret: expect.stringMatching(/^whsec_[0-9a-f]{64}$/),
    sessionId: null,
    events: ['message.received', 'message.sent', 'session.connected', 'session.disconnected'],
    enabled: true,
    createdAt: expect.any(String),
  })
  const { secret: _secret, ...view } = made
  expect((await v1('GET', '/webhooks')).body).toEqual({ webhooks: [view], total: 1 })
  const changed = await v1('PATCH', `/webhooks/${made.id}`, {
    body: { events: ['message.read'], enabled: 'false' },
  })
  expect(changed.body).toEqual({ ...view, events: ['message.read'], enabled: false })
  const rotated = await v1('POST', `/webhooks/${made.id}/rotate-secret`)
  expect(rotated.body.secret).toMatch(/^whsec_[0-9a-f]{64}$/)
  expect(rotated.body.secret).not.toBe(made.secret)
  // Each API has endpoints of its own.
  expect((await hermod.call('GET', '/webhook-endpoints', { key })).body.data).toEqual([])
  expect((await hermod.call('GET', `/webhook-endpoints/${made.id}`, { key })).status).toBe(404)
  expect((await v1('DELETE', `/webhooks/${made.id}`)).status).toBe(204)
  for (const id of [made.id, 'nothing']) expect((await v1('GET', `/webhooks/${id}`)).status).toBe(404)
})

test('statuses of a message arrive in the shape of this API, signed in its way', async () => {
  await connect()
  const { secret } = await subscribe('/statuses', { events: ['message.sent', 'message.read'] })
  const { body: message } = await v1('POST', '/messages', { body: { to: '+237612345678', message: 'Hi' } })
  const delivery = await delivered('/statuses', 'message.read')
  const { id, type, timestamp, data } = JSON.parse(delivery.body)
  expect(id).toMatch(/^evt_[0-9a-f]{32}$/)
  expect(type).toBe('message.read')
  expect(Date.parse(timestamp)).not.toBeNaN()
  expect(data).toEqual({
    session_id: expect.any(String),
    message_id: message.id,
    whatsapp_message_id: expect.stringMatching(/^wamid\./),
    to: '+237612345678',
    status: 'read',
    error: null,
    timestamp: expect.any(String),
  })
  const at = String(delivery.headers['x-webhook-timestamp'])
  expect(Math.abs(Number(at) - Date.now() / 1_000)).toBeLessThan(60)
  const mac = createHmac('sha256', secret).update(`${at}.${delivery.body}`).digest('hex')
  expect(delivery.headers['x-webhook-signature']).toBe(`sha256=${mac}`)
  expect(delivery.headers['user-agent']).toBe('WhatsAppAPI-Webhook/1.0')
  expect(delivery.headers['webhook-signature']).toBeUndefined()
  const types = hermod.receiver.deliveries
    .filter(({ path }) => path === '/statuses')
    .map(({ body }) => JSON.parse(body).type)
  expect(types).not.toContain('message.delivered')
})

test('messages of people are heard under the names that are subscribed to', async () => {
  const phoneNumberId = await connect()
  await subscribe('/personal', { events: ['message.received.personal', 'message.reaction'] })
  await subscribe('/groups', { events: ['message.received.group'] })
  await postCallback(hermod, inboundCallback(phoneNumberId, 'wamid.personal', 'Hello there'))
  const reaction = { message_id: 'wamid.personal', emoji: '👍' }
  await postCallback(
    hermod,
    customerCallback(phoneNumberId, { id: 'wamid.react', type: 'reaction', reaction }),
  )
  const { data } = JSON.parse((await delivered('/personal', 'message.received.personal')).body)
  expect(data).toMatchObject({
    session_id: expect.any(String),
    message_id: expect.any(String),
    from: expect.stringMatching(/^\+\d+$/),
    type: 'text',
    content: 'Hello there',
    is_group: false,
    group_id: null,
    timestamp: expect.any(String),
  })
  const reacted = JSON.parse((await delivered('/personal', 'message.reaction')).body)
  expect(reacted.data).toMatchObject({ content: '👍', reply_to: 'wamid.personal' })
  // Who wrote can be answered as they are named.
  expect((await v1('POST', '/messages', { body: { to: data.from, message: 'Hi' } })).status).toBe(202)
  const [groups] = (await v1('GET', '/webhooks')).body.webhooks.filter(({ url }: any) =>
    url.endsWith('/groups'),
  )
  expect((await v1('GET', `/webhooks/${groups.id}/logs`)).body.logs).toEqual([])
  expect(hermod.receiver.deliveries.some(({ path }) => path === '/groups')).toBe(false)
})

test('a webhook of one session hears of no other', async () => {
  await connect()
  const { body: play } = await hermod.call('POST', '/keys', { key, body: { name: 'play', mode: 'test' } })
  const [cloud] = (await v1('GET', '/sessions')).body.sessions
  await subscribe('/one-session', { events: ['message.sent'], session_id: cloud.id })
  await v1('POST', '/messages', { key: play.data.apiKey, body: { to: '+237612345678', message: 'Play' } })
  const { body } = await v1('POST', '/messages', { body: { to: '+237612345678', message: 'Hi' } })
  await delivered('/one-session', 'message.sent')
  const told = hermod.receiver.deliveries.filter(({ path }) => path === '/one-session')
  expect(told.map(({ body: text }) => JSON.parse(text).data.message_id)).toEqual([body.id])
  const other = { url: `${hermod.receiver.url}/x`, sessionId: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59' }
  expect((await v1('POST', '/webhooks', { body: other })).status).toBe(404)
})

test('a test answers with what came of it, and the log has it', async () => {
  await connect()
  const { id } = await subscribe('/tested', { events: ['message.read'] })
  expect(await v1('POST', `/webhooks/${id}/test`)).toMatchObject({
    status: 200,
    body: { success: true, statusCode: 204, headers: expect.any(Object), latencyMs: expect.any(Number) },
  })
  const delivery = await delivered('/tested', 'message.read')
  expect(delivery.headers['x-webhook-test']).toBe('true')
  hermod.receiver.respond(() => ({ status: 500 }))
  try {
    const failed = await v1('POST', `/webhooks/${id}/test`)
    expect(failed.body).toMatchObject({ success: false, statusCode: 500, error: expect.any(String) })
  } finally {
    hermod.receiver.respond(null)
  }
  const { body } = await until(
    () => v1('GET', `/webhooks/${id}/logs`),
    (answer) => answer.body.total === 2,
  )
  expect(body.logs).toMatchObject([
    { eventType: 'message.read', status: 'failed', statusCode: 500 },
    {
      eventType: 'message.read',
      status: 'delivered',
      statusCode: 204,
      eventId: expect.stringMatching(/^evt_/),
    },
  ])
})

test.each([
  [{ url: 'http://10.0.0.1/hook' }, 'url'],
  [{ events: ['message.sent'] }, 'url'],
  [{ url: 'https://app.example.com', events: ['message.flown'] }, 'events'],
])('a webhook is refused with 422: %j', async (body, field) => {
  const answer = await v1('POST', '/webhooks', { body })
  expect(answer.status).toBe(422)
  expect(answer.body.detail[0].loc.slice(0, 2)).toEqual(['body', field])
})

test('the catalogue has every event, each can be subscribed to, and so can those that are never told', async () => {
  const { body } = await v1('GET', '/events')
  expect(body.total).toBe(body.events.length)
  const types = body.events.map(({ type }: any) => type)
  expect(types).toContain('message.received.group')
  const { events } = await subscribe('/all', { events: [...types, 'call.received', 'group.updated'] })
  expect(events).toHaveLength(types.length + 2)
  expect((await subscribe('/star', { events: ['*'] })).events).toEqual(types)
  expect((await subscribe('/silent', { events: ['chat.updated'] })).events).toEqual(['chat.updated'])
})
