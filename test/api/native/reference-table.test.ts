import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type Answer, type TestService } from '../../support/service.ts'

/** Each line of the reference that says what a request is answered: its path, its fields, its status, its words. */

let hermod: TestService
let key: string
let sent: string
beforeAll(async () => {
  hermod = await startTestService({ env: { DEFAULT_PLAN: 'basic' } })
  key = await hermod.register()
  sent = (await ask('POST /send-message', text)).body.data.id
  await hermod.messageUntil(key, sent, ({ status }) => status === 'read')
})
afterAll(() => hermod.stop())

const text = { to: '14155552671', message: 'Hi', session: 'sandbox' }
const days = (count: number) => new Date(Date.now() + count * 86_400_000).toISOString()

function ask(route: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ')
  return hermod.call(method, path.replace(':id', sent), { key, body, headers })
}

describe('the fields of a send', () => {
  test.each<[string, object, number]>([
    ['to: digits without +', {}, 202],
    ['to: as it is dialled', { to: '+1 (415) 555-2671' }, 202],
    ['to is required', { to: undefined }, 400],
    ['to: no number', { to: '0' }, 400],
    ['message: 4,096 characters', { message: 'x'.repeat(4_096) }, 202],
    ['message: one more', { message: 'x'.repeat(4_097) }, 400],
    ['message or template is required', { message: undefined }, 400],
    ['message and template', { template: { name: 'hello_world', language: 'en_US' } }, 400],
    ['template', { message: undefined, template: { name: 'hello_world', language: 'en_US' } }, 202],
    ['sendAt in the future', { sendAt: days(1) }, 202],
    ['sendAt in the past', { sendAt: days(-1) }, 400],
    ['sendAt is no time', { sendAt: 'tomorrow' }, 400],
    ['metadata: any key and value', { metadata: { orderId: '1234', nested: { a: [1, null] } } }, 202],
    ['metadata is no object', { metadata: 'order' }, 400],
    ['dry_run', { dry_run: true }, 202],
    ['dry_run is no boolean', { dry_run: 'yes' }, 400],
  ])('%s', async (_line, fields, status) => {
    const answer = await ask('POST /send-message', { ...text, ...fields })
    expect([answer.status, answer.body.success]).toEqual([status, status === 202])
    if (status === 202) {
      const { id, ...data } = answer.body.data
      expect(id).toMatch(/^[0-9a-f-]{36}$/)
      const scheduledFor = 'sendAt' in fields ? fields.sendAt : null
      expect(data).toEqual({ status: scheduledFor === null ? 'queued' : 'scheduled', scheduledFor })
    } else {
      expect(answer.body).toMatchObject({ error: expect.any(String), details: expect.any(Array) })
    }
  })
})

describe('the routes', () => {
  test.each<[string, unknown, number, object]>([
    [
      'GET /auth/me',
      undefined,
      200,
      {
        name: 'Test',
        email: 'test@example.com',
        plan: 'basic',
        messagesSent: expect.any(Number),
        byocConfigured: false,
        webhookUrl: null,
      },
    ],
    [
      'POST /messages/bulk',
      { messages: [text, text] },
      202,
      { batchId: expect.any(String), totalMessages: 2, queued: 2, failedCount: 0 },
    ],
    [
      'GET /messages/:id',
      undefined,
      200,
      {
        to: text.to,
        body: text.message,
        status: 'read',
        sentAt: expect.any(String),
        deliveredAt: expect.any(String),
        readAt: expect.any(String),
        failedAt: null,
        errorMessage: null,
        metadata: null,
      },
    ],
    ['GET /messages', undefined, 200, {}],
    ['GET /messages?status=failed&limit=200&page=1', undefined, 200, {}],
    ['GET /messages?limit=201', undefined, 400, {}],
    ['GET /messages?page=0', undefined, 400, {}],
    ['GET /messages?status=lost', undefined, 400, {}],
    ['POST /messages/:id/retry', undefined, 409, {}],
    [
      'GET /analytics/summary',
      undefined,
      200,
      {
        total: expect.any(Number),
        byStatus: expect.any(Object),
        deliveryRate: expect.any(Number),
        failureRate: 0,
      },
    ],
    [
      'PUT /auth/me/webhook',
      { url: 'https://app.example.com/webhooks/whatsapi' },
      200,
      { webhookUrl: 'https://app.example.com/webhooks/whatsapi' },
    ],
    ['DELETE /auth/me/webhook', undefined, 200, { webhookUrl: null }],
    [
      'PUT /auth/me/credentials',
      { whatsappAccessToken: 'EAAc', whatsappPhoneNumberId: '1234567890' },
      200,
      {},
    ],
    ['DELETE /auth/me/credentials', undefined, 200, {}],
    ['POST /billing/checkout', { plan: 'pro' }, 501, {}],
    ['POST /billing/checkout', { plan: 'enterprise' }, 400, {}],
    ['GET /billing/portal', undefined, 501, {}],
    ['GET /messages/9dd15ee1-3d3c-44e1-9dd2-8ec6547e7e20', undefined, 404, {}],
  ])('%s', async (route, body, status, data) => {
    const answer = await ask(route, body)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('x-ratelimit-limit')).toBe('100')
    expect(answer.body.success).toBe(status < 300)
    if (status < 300) expect(answer.body.data).toMatchObject(data)
    else expect(answer.body.error).toMatch(/\S/)
  })

  test.each(['/docs', '/openapi.json', '/llms.txt', '/developers'])('GET %s is open', async (path) => {
    expect([200, 302]).toContain((await hermod.call('GET', path)).status)
  })

  test('register wants a name and an e-mail address, and 401 a key', async () => {
    for (const body of [{ name: 'A' }, { email: 'a@example.com' }, { name: 'A', email: 'a' }]) {
      expect((await hermod.call('POST', '/auth/register', { body })).status).toBe(400)
    }
    for (const headers of [{}, { authorization: key }, { authorization: 'Bearer sk_live_1' }]) {
      expect((await hermod.call('GET', '/messages', { headers })).status).toBe(401)
    }
  })

  test('a new key takes the place of the old one at once', async () => {
    const mine = await hermod.register()
    const rotated = await hermod.call('POST', '/auth/me/rotate-key', { key: mine })
    expect(rotated.body).toEqual({
      success: true,
      data: { apiKey: expect.stringMatching(/^sk_live_[0-9a-f]{48}$/) },
    })
    expect((await hermod.call('GET', '/auth/me', { key: mine })).status).toBe(401)
  })

  test('the same key with the same body is answered as the first time, with another body 409', async () => {
    const headers = { 'idempotency-key': 'user-99-order-1234-shipped' }
    const first = await ask('POST /send-message', text, headers)
    const again = await ask('POST /send-message', text, headers)
    expect([again.body, again.headers.get('idempotency-replayed')]).toEqual([first.body, 'true'])
    expect((await ask('POST /send-message', { ...text, message: 'Other' }, headers)).status).toBe(409)
  })
})
