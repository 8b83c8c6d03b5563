import { existsSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openapiText } from '../../../scripts/openapi-text.ts'
import { isInstalled, languages, runSample, type Language } from '../../support/samples.ts'
import { startTestService, until, type Answer, type TestService } from '../../support/service.ts'

/**
 * The reference's samples, in our own words: the same requests, made by the same tools, with only the base URL and
 * the key changed, and its documented answers field by field.
 */

const credentials = { whatsappAccessToken: 'EAAc...', whatsappPhoneNumberId: '1234567890' }
const uuid = expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
const apiKey = expect.stringMatching(/^sk_live_[0-9a-f]{48}$/)

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService({ env: { DEFAULT_PLAN: 'basic' } })
  hermod.graph.control.addPhone({
    id: credentials.whatsappPhoneNumberId,
    tokens: [credentials.whatsappAccessToken],
  })
  // The recipient has not opened anything yet.
  hermod.graph.control.configureCallbacks({ statuses: ['sent', 'delivered'] })
})
afterAll(() => hermod.stop())

async function connected(): Promise<string> {
  const key = await hermod.register()
  const saved = await hermod.call('PUT', '/auth/me/credentials', { key, body: credentials })
  expect(saved.status).toBe(200)
  return key
}

/** Every answer to a key tells how much of its minute is left. */
function expectRateHeaders({ headers }: Answer): void {
  expect(headers.get('x-ratelimit-limit')).toBe('100')
  expect(Number(headers.get('x-ratelimit-remaining'))).toBeLessThan(100)
  const aheadSeconds = Number(headers.get('x-ratelimit-reset')) - Date.now() / 1_000
  expect(aheadSeconds).toBeGreaterThan(-5)
  expect(aheadSeconds).toBeLessThanOrEqual(60)
  expect(headers.has('retry-after')).toBe(false)
}

/** The first steps, which the reference shows in every language. */
const firstSteps: Record<Language, { register: string; template: string; text: string }> = {
  curl: {
    register: `
curl -X POST "$BASE/auth/register" \\
  -H "Content-Type: application/json" \\
  -d '{ "name": "Ada Lovelace", "email": "ada@example.com" }'`,
    template: `
curl -X POST "$BASE/send-message" \\
  -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" \\
  -d '{ "to": "14155552671", "template": { "name": "hello_world", "language": "en_US" } }'`,
    text: `
curl -X POST "$BASE/send-message" \\
  -H "Authorization: Bearer $KEY" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: parcel-77-left" \\
  -d '{ "to": "14155552671", "message": "Your parcel 77 is on its way.", "metadata": { "orderId": "77" } }'`,
  },
  javascript: {
    register: `
const response = await fetch(process.env.BASE + '/auth/register', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ name: 'Ada Lovelace', email: 'ada@example.com' }),
})`,
    template: `
const response = await fetch(process.env.BASE + '/send-message', {
  method: 'POST',
  headers: { Authorization: 'Bearer ' + process.env.KEY, 'Content-Type': 'application/json' },
  body: JSON.stringify({ to: '14155552671', template: { name: 'hello_world', language: 'en_US' } }),
})`,
    text: `
const response = await fetch(process.env.BASE + '/send-message', {
  method: 'POST',
  headers: {
    Authorization: 'Bearer ' + process.env.KEY,
    'Content-Type': 'application/json',
    'Idempotency-Key': 'parcel-77-left',
  },
  body: JSON.stringify({
    to: '14155552671',
    message: 'Your parcel 77 is on its way.',
    metadata: { orderId: '77' },
  }),
})`,
  },
  python: {
    register: `
import os, requests
response = requests.post(os.environ['BASE'] + '/auth/register',
    json={'name': 'Ada Lovelace', 'email': 'ada@example.com'})`,
    template: `
import os, requests
response = requests.post(os.environ['BASE'] + '/send-message',
    headers={'Authorization': 'Bearer ' + os.environ['KEY']},
    json={'to': '14155552671', 'template': {'name': 'hello_world', 'language': 'en_US'}})`,
    text: `
import os, requests
response = requests.post(os.environ['BASE'] + '/send-message',
    headers={
        'Authorization': 'Bearer ' + os.environ['KEY'],
        'Idempotency-Key': 'parcel-77-left',
    },
    json={
        'to': '14155552671',
        'message': 'Your parcel 77 is on its way.',
        'metadata': {'orderId': '77'},
    })`,
  },
}

const installed = languages.filter(isInstalled)

describe.each(installed)('the first steps in %s', (language) => {
  const ask = (sample: keyof (typeof firstSteps)[Language], key = '') =>
    runSample(language, firstSteps[language][sample], { BASE: hermod.url, KEY: key })

  test('an account gets its key', async () => {
    const answer = await ask('register')
    expect(answer.status).toBe(201)
    expect(answer.body).toMatchObject({ success: true, data: { apiKey, plan: 'basic' } })
  })

  test('a template and a text are accepted, and the same request twice is one message', async () => {
    const key = await connected()
    const template = await ask('template', key)
    expectRateHeaders(template)
    const [first, again] = [await ask('text', key), await ask('text', key)]
    for (const answer of [template, first, again]) {
      expect(answer.status).toBe(202)
      expect(answer.body).toEqual({ success: true, data: { id: uuid, status: 'queued', scheduledFor: null } })
    }
    expect(first.headers.has('idempotency-replayed')).toBe(false)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(again.body).toEqual(first.body)
    await hermod.messageUntil(key, first.body.data.id, ({ status }) => status === 'delivered')
    expect(hermod.graph.control.ledger.timesAccepted(first.body.data.id)).toBe(1)
    const [sent] = hermod.graph.control.ledger.byCorrelation(template.body.data.id)
    expect(sent?.body).toMatchObject({
      to: '14155552671',
      template: { name: 'hello_world', language: { code: 'en_US' } },
    })
  })
})

describe.skipIf(!installed.includes('curl'))('the samples in curl', () => {
  let key: string
  beforeEach(async () => {
    key = await connected()
  })

  const curl = (sample: string, variables: Record<string, string> = {}) =>
    runSample('curl', sample, { BASE: hermod.url, KEY: key, ...variables })
  const json = `-H "Authorization: Bearer $KEY" -H "Content-Type: application/json"`
  const idOf = ({ body }: Answer): string => body.data.id
  const isDelivered = ({ status }: { status: string }) => status === 'delivered'

  test('credentials are saved, proven and removed, and the account tells so', async () => {
    key = await hermod.register()
    const me = () => curl('curl "$BASE/auth/me" -H "Authorization: Bearer $KEY"')
    const before = await me()
    expect(before.status).toBe(200)
    expectRateHeaders(before)
    expect(before.body).toMatchObject({
      success: true,
      data: {
        name: 'Test',
        email: 'test@example.com',
        plan: 'basic',
        messagesSent: 0,
        byocConfigured: false,
        webhookUrl: null,
      },
    })
    expect(JSON.stringify(before.body)).not.toContain('sk_live_')

    const saved = await curl(`curl -X PUT "$BASE/auth/me/credentials" ${json} \\
      -d '{ "whatsappAccessToken": "EAAc...", "whatsappPhoneNumberId": "1234567890" }'`)
    expect(saved).toMatchObject({ status: 200, body: { success: true } })
    const verified = await curl(
      'curl -X POST "$BASE/auth/me/credentials/verify" -H "Authorization: Bearer $KEY"',
    )
    expect(verified).toMatchObject({ status: 200, body: { success: true } })
    expect((await me()).body.data.byocConfigured).toBe(true)

    const removed = await curl('curl -X DELETE "$BASE/auth/me/credentials" -H "Authorization: Bearer $KEY"')
    expect(removed).toMatchObject({ status: 200, body: { success: true } })
    expect((await me()).body.data.byocConfigured).toBe(false)
  })

  test('a template with values reaches Meta with them', async () => {
    const sent = await curl(`curl -X POST "$BASE/send-message" ${json} -d '{
      "to": "14155552671",
      "template": {
        "name": "order_ready",
        "language": "en_US",
        "components": [{
          "type": "body",
          "parameters": [{ "type": "text", "text": "Ada" }, { "type": "text", "text": "#77" }]
        }]
      }
    }'`)
    expect(sent.status).toBe(202)
    await hermod.messageUntil(key, idOf(sent), isDelivered)
    const [accepted] = hermod.graph.control.ledger.byCorrelation(idOf(sent))
    expect(accepted?.body).toMatchObject({
      template: { components: [{ type: 'body', parameters: [{ text: 'Ada' }, { text: '#77' }] }] },
    })
  })

  test('a message is read with its times and its timeline', async () => {
    const sent = await curl(`curl -X POST "$BASE/send-message" ${json} \\
      -d '{ "to": "14155552671", "message": "It has left.", "metadata": { "orderId": "77" } }'`)
    await hermod.messageUntil(key, idOf(sent), isDelivered)
    const read = await curl('curl "$BASE/messages/$ID" -H "Authorization: Bearer $KEY"', { ID: idOf(sent) })
    expect(read.status).toBe(200)
    expectRateHeaders(read)
    expect(read.body.data).toMatchObject({
      id: idOf(sent),
      to: '14155552671',
      body: 'It has left.',
      status: 'delivered',
      sentAt: time,
      deliveredAt: time,
      readAt: null,
      failedAt: null,
      errorMessage: null,
      metadata: { orderId: '77' },
      timeline: [
        { status: 'queued', at: time },
        { status: 'processing', at: time },
        { status: 'sent', at: time },
        { status: 'delivered', at: time },
      ],
    })
    expect(read.body.data.timeline).toHaveLength(4)
  })

  test('many are sent at once, and found again by their batch', async () => {
    const sent = await curl(`curl -X POST "$BASE/messages/bulk" ${json} -d '{ "messages": [
      { "to": "14155552671", "message": "Your code is 1234, Ada" },
      { "to": "14155552672", "message": "Your code is 5678, Bob" }
    ] }'`)
    expect(sent.status).toBe(202)
    expect(sent.body.data).toMatchObject({ batchId: uuid, totalMessages: 2, queued: 2, failedCount: 0 })
    const found = await curl('curl "$BASE/messages?batchId=$BATCH" -H "Authorization: Bearer $KEY"', {
      BATCH: sent.body.data.batchId,
    })
    expect(found.body.data.map(({ to }: { to: string }) => to).toSorted()).toEqual([
      '14155552671',
      '14155552672',
    ])
  })

  test('a message is scheduled', async () => {
    const sendAt = new Date(Date.now() + 86_400_000).toISOString()
    const sent = await curl(
      `curl -X POST "$BASE/send-message" ${json} \\
        -d "{ \\"to\\": \\"14155552671\\", \\"message\\": \\"Tomorrow at nine.\\", \\"sendAt\\": \\"$AT\\" }"`,
      { AT: sendAt },
    )
    expect(sent.status).toBe(202)
    expect(sent.body).toEqual({
      success: true,
      data: { id: uuid, status: 'scheduled', scheduledFor: sendAt },
    })
  })

  test('a failed message is listed as such, and retried', async () => {
    hermod.graph.control.rules.add({
      when: { to: '14155550911' },
      times: 1,
      outcome: { kind: 'error', code: 131_026 },
    })
    const sent = await curl(`curl -X POST "$BASE/send-message" ${json} \\
      -d '{ "to": "14155550911", "message": "Hello?" }'`)
    const id = idOf(sent)
    const failed = await hermod.messageUntil(key, id, ({ status }) => status === 'failed')
    expect(failed).toMatchObject({ failedAt: time, errorMessage: expect.stringMatching(/\w/) })

    const listed = await curl('curl "$BASE/messages?status=failed&limit=50" -H "Authorization: Bearer $KEY"')
    expect(listed.status).toBe(200)
    expect(listed.body).toMatchObject({
      success: true,
      data: [{ id, status: 'failed' }],
      pagination: { page: 1, limit: 50, total: 1, nextCursor: null },
    })

    const retry = () =>
      curl('curl -X POST "$BASE/messages/$ID/retry" -H "Authorization: Bearer $KEY"', { ID: id })
    expect(await retry()).toMatchObject({ status: 202, body: { success: true, data: { id } } })
    await hermod.messageUntil(key, id, isDelivered)
    expect((await retry()).status).toBe(409)
  })

  test('the statistics add up', async () => {
    const sent = await curl(`curl -X POST "$BASE/send-message" ${json} \\
      -d '{ "to": "14155552671", "message": "Hi" }'`)
    await hermod.messageUntil(key, idOf(sent), isDelivered)
    const summary = await curl('curl "$BASE/analytics/summary" -H "Authorization: Bearer $KEY"')
    expect(summary.status).toBe(200)
    expect(summary.body.data).toMatchObject({
      total: 1,
      byStatus: { delivered: 1 },
      deliveryRate: 1,
      failureRate: 0,
    })
  })

  test('a webhook is told of each step in the documented shape, until it is removed', async () => {
    const set = await curl(`curl -X PUT "$BASE/auth/me/webhook" ${json} -d "{ \\"url\\": \\"$HOOK\\" }"`, {
      HOOK: `${hermod.receiver.url}/webhooks/status`,
    })
    expect(set).toMatchObject({ status: 200, body: { success: true } })
    const sent = await curl(`curl -X POST "$BASE/send-message" ${json} \\
      -d '{ "to": "14155552671", "message": "It has left.", "metadata": { "orderId": "77" } }'`)
    const told = await until(
      () => hermod.receiver.deliveries.map(({ body }): any => JSON.parse(body)),
      (bodies) => bodies.some((one) => one.data?.messageId === idOf(sent) && one.data.status === 'delivered'),
      'the webhook of a delivery',
    )
    const delivered = told.find((one) => one.data.status === 'delivered')
    expect(delivered).toEqual({
      event: 'message.status_updated',
      timestamp: time,
      data: {
        messageId: idOf(sent),
        status: 'delivered',
        to: '14155552671',
        deliveredAt: time,
        readAt: null,
        failedAt: null,
        errorMessage: null,
        metadata: { orderId: '77' },
      },
    })
    const removed = await curl('curl -X DELETE "$BASE/auth/me/webhook" -H "Authorization: Bearer $KEY"')
    expect(removed).toMatchObject({ status: 200, body: { success: true } })
    const me = await curl('curl "$BASE/auth/me" -H "Authorization: Bearer $KEY"')
    expect(me.body.data.webhookUrl).toBeNull()
  })

  test('a key is rotated, and the old one is dead at once', async () => {
    const rotate = () => curl('curl -X POST "$BASE/auth/me/rotate-key" -H "Authorization: Bearer $KEY"')
    const rotated = await rotate()
    expect(rotated).toMatchObject({ status: 200, body: { success: true, data: { apiKey } } })
    const refused = await rotate()
    expect(refused.status).toBe(401)
    expect(refused.body).toMatchObject({ success: false, error: expect.any(String) })
    key = rotated.body.data.apiKey
    expect((await curl('curl "$BASE/auth/me" -H "Authorization: Bearer $KEY"')).status).toBe(200)
  })
})

const hasBilling = (await openapiText()).includes('"/billing/checkout"')

/** What a stand-in for Stripe is started with, and what is asked of it. */
interface StripeModule {
  startStripe(options: { secretKey: string; webhookSecret: string; prices: string[] }): Promise<{
    url: string
    pay(checkoutUrl: string): string
    event(type: string, object: unknown): { body: string; signature: string }
    tell(subscriptionId: string): unknown
    close(): Promise<void>
  }>
}
const stripeFile = new URL('../../fakes/stripe/server.ts', import.meta.url)

describe.skipIf(!hasBilling || !installed.includes('curl'))('the billing samples in curl', () => {
  const checkout = `curl -X POST "$BASE/billing/checkout" -H "Authorization: Bearer $KEY" \\
    -H "Content-Type: application/json" -d '{ "plan": "pro" }'`
  const portal = 'curl "$BASE/billing/portal" -H "Authorization: Bearer $KEY"'
  const link = { success: true, data: { url: expect.stringMatching(/^https?:/) } }

  test.each([
    ['checkout', checkout],
    ['portal', portal],
  ])('%s says that billing is not set up where it is not', async (_what, sample) => {
    const answer = await runSample('curl', sample, { BASE: hermod.url, KEY: await hermod.register() })
    expect(answer).toMatchObject({ status: 501, body: { success: false, code: 'not_configured' } })
  })

  test.skipIf(!existsSync(stripeFile))('lead to Stripe where it is', async () => {
    const { startStripe }: StripeModule = await import(stripeFile.href)
    const secretKey = 'sk_test_of_the_operator'
    const webhookSecret = 'whsec_of_the_operator'
    const stripe = await startStripe({ secretKey, webhookSecret, prices: ['price_basic', 'price_pro'] })
    const service = await startTestService({
      env: {
        STRIPE_SECRET_KEY: secretKey,
        STRIPE_WEBHOOK_SECRET: webhookSecret,
        STRIPE_PRICE_BASIC: 'price_basic',
        STRIPE_PRICE_PRO: 'price_pro',
        STRIPE_API_URL: stripe.url,
      },
    })
    try {
      const variables = { BASE: service.url, KEY: await service.register() }
      const begun = await runSample('curl', checkout, variables)
      expect(begun).toMatchObject({ status: 200, body: link })
      const subscription = stripe.pay(begun.body.data.url)
      const told = stripe.event('customer.subscription.created', stripe.tell(subscription))
      const headers = { 'stripe-signature': told.signature }
      await service.call('POST', '/billing/webhook', { raw: told.body, headers })
      expect(await runSample('curl', portal, variables)).toMatchObject({ status: 200, body: link })
    } finally {
      await service.stop()
      await stripe.close()
    }
  })
})
