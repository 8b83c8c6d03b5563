import { Webhook } from 'standardwebhooks'
import { expect, test } from 'vitest'
import { newWebhookSecret, signWebhook, webhookProblem } from '../../../src/kit/crypto/standard-webhooks.ts'

test('the vector that Svix publishes comes out', () => {
  expect(
    signWebhook({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      at: new Date(1_614_265_330_000),
      body: '{"test": 2432232314}',
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    }),
  ).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('the reference implementation accepts what any of several secrets signed, and nothing else', () => {
  const secrets = [newWebhookSecret(), newWebhookSecret()]
  const body = '{"text":"Grüße ✓"}'
  const headers = signWebhook({ id: 'evt_1', at: new Date(), body, secrets })
  for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual({ text: 'Grüße ✓' })
  expect(() => new Webhook(newWebhookSecret()).verify(body, headers)).toThrow('No matching signature')
  expect(() => new Webhook(secrets[0] ?? '').verify(`${body} `, headers)).toThrow('No matching signature')
})

test.each([
  ['one secret', 1],
  ['two secrets', 2],
])(
  'with %s, a signature of a kind that a verifier does not know, put first, changes nothing',
  (_what, count) => {
    const secrets = Array.from({ length: count }, newWebhookSecret)
    const signed = signWebhook({ id: 'evt_1', at: new Date(), body: '{"a":1}', secrets })
    const headers = {
      ...signed,
      'webhook-signature': `v1a,${'A'.repeat(86)}== ${signed['webhook-signature']}`,
    }
    expect(signed['webhook-signature'].split(' ')).toHaveLength(count)
    for (const secret of secrets) expect(new Webhook(secret).verify('{"a":1}', headers)).toEqual({ a: 1 })
    const unknown = { ...signed, 'webhook-signature': `v1a,${'A'.repeat(86)}==` }
    expect(() => new Webhook(secrets[0] ?? '').verify('{"a":1}', unknown)).toThrow('No matching signature')
  },
)

test('the reference implementation refuses an attempt from more than five minutes ago', () => {
  const secret = newWebhookSecret()
  const at = new Date(Date.now() - 6 * 60_000)
  const headers = signWebhook({ id: 'evt_1', at, body: '{}', secrets: [secret] })
  expect(() => new Webhook(secret).verify('{}', headers)).toThrow('too old')
})

test('new secrets have 32 bytes and are never the same', () => {
  const secrets = Array.from({ length: 50 }, newWebhookSecret)
  expect(new Set(secrets).size).toBe(50)
  for (const secret of secrets) {
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32)
  }
})

test('what the reference implementation signs is believed, and everything else is named', () => {
  const secret = newWebhookSecret()
  const body = '{"text":"Grüße ✓"}'
  const now = new Date()
  const headersAt = (at: Date): Record<string, string> => ({
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign('evt_1', at, body),
  })
  const headers = headersAt(now)
  const rotated = { ...headers, 'webhook-signature': `v1a,AAAA v1,BBBB ${headers['webhook-signature']}` }
  const old = headersAt(new Date(now.getTime() - 301_000))
  expect(webhookProblem({ headers, body, secret, now })).toBeNull()
  expect(webhookProblem({ headers: rotated, body, secret, now })).toBeNull()
  expect(webhookProblem({ headers, body: `${body} `, secret, now })).toMatch('not of this secret')
  expect(webhookProblem({ headers, body, secret: newWebhookSecret(), now })).toMatch('not of this secret')
  expect(webhookProblem({ headers: old, body, secret, now })).toMatch('5 minutes')
  expect(webhookProblem({ headers: {}, body, secret, now })).toMatch('not signed')
  expect(webhookProblem({ headers: { ...headers, 'webhook-timestamp': 'x' }, body, secret, now })).toMatch(
    'not signed',
  )
})
