import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startWebhookReceiver, type WebhookReceiver } from './server.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
let receiver: WebhookReceiver

beforeEach(async () => {
  receiver = await startWebhookReceiver({ secret })
})
afterEach(() => receiver.close())

function post(id: string, body: string, { path = '/hook', signedBody = body, key = secret } = {}) {
  const at = new Date()
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(key).sign(id, at, signedBody),
  }
  return fetch(`${receiver.url}${path}`, { method: 'POST', headers, body })
}

test('what the reference implementation signs is accepted and recorded', async () => {
  expect((await post('msg_1', '{"type":"message.sent"}')).status).toBe(204)
  const delivery = await receiver.waitFor(({ webhookId }) => webhookId === 'msg_1')
  expect(delivery).toMatchObject({ verified: true, path: '/hook', payload: { type: 'message.sent' } })
})

test('a tampered body is refused, and recorded as not verified', async () => {
  expect((await post('msg_1', '{"a":2}', { signedBody: '{"a":1}' })).status).toBe(401)
  expect(receiver.deliveries).toMatchObject([{ verified: false, problem: 'No matching signature found' }])
})

test('a secret that becomes known later holds from then on, for its path only', async () => {
  const key = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
  expect((await post('msg_1', '{}', { path: '/late', key })).status).toBe(401)
  receiver.setSecret(key, '/late')
  expect((await post('msg_1', '{}', { path: '/late', key })).status).toBe(204)
  expect((await post('msg_1', '{}', { path: '/hook', key })).status).toBe(401)
})

test('answers are decided delivery by delivery', async () => {
  receiver.respond(() =>
    receiver.groups().size < 1 ? { status: 503, headers: { 'retry-after': '7' } } : null,
  )
  const first = await post('msg_1', '{}')
  expect([first.status, first.headers.get('retry-after')]).toEqual([503, '7'])
  expect((await post('msg_1', '{}')).status).toBe(204)
  receiver.respond(() => ({ kind: 'reset' }))
  await expect(post('msg_2', '{}')).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
})

test('a retry that changes its body is found out', async () => {
  await post('msg_1', '{"a":1}')
  await post('msg_2', '{"a":1}')
  await post('msg_2', '{"a":1}')
  expect(receiver.inconsistent()).toEqual([])
  await post('msg_1', '{"a":2}')
  expect(receiver.inconsistent()).toEqual(['msg_1'])
  expect(receiver.groups().get('msg_2')).toHaveLength(2)
})

test('over its control endpoints a receiver learns its secret and its answers', async () => {
  const control = (name: string, body: unknown) =>
    fetch(`${receiver.url}/__control/${name}`, { method: 'POST', body: JSON.stringify(body) })
  await control('respond', [{ times: 1, status: 500 }])
  expect((await post('msg_1', '{}')).status).toBe(500)
  expect((await post('msg_1', '{}')).status).toBe(204)
  await control('secret', { secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' })
  expect((await post('msg_1', '{}')).status).toBe(401)
  const stats = await (await fetch(`${receiver.url}/__control/stats`)).json()
  expect(stats).toEqual({ deliveries: 3, verified: 2, distinct: 1, inconsistent: [] })
})
