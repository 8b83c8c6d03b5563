import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type Answer, type TestService } from '../../support/service.ts'

// What a request meets before anybody knows who sent it, over every API alike.

let hermod: TestService
let key: string
let headers: Record<string, string>
beforeAll(async () => {
  hermod = await startTestService()
  key = await hermod.register()
  const { id } = (await hermod.call('GET', '/auth/me', { key })).body.data
  const names = { 'x-api-key': key, 'x-account-id': id, 'app-id': id, 'api-key': key, 'x-api-token': key }
  headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...names }
})
afterAll(() => hermod.stop())

/** A send of each API, with a text that shows how it was decoded. */
const sends = [
  ['native', '/send-message', { to: '14155552671', message: 'Olá', session: 'sandbox' }],
  ['bulk', '/messages/bulk', { messages: [{ to: '14155552671', message: 'Olá', session: 'sandbox' }] }],
  ['connect-hub', '/api/v1/connect-hub/whatsapp/otp', { to: '14155552671', text: 'Olá 482910' }],
  ['msisdn-otp', '/v1/whatsapp/otp/send', { msisdn: '14155552671', content: ['Olá'] }],
] as const

const post = (route: string, raw: string | Buffer, more: Record<string, string> = {}): Promise<Answer> =>
  hermod.call('POST', route, { raw, headers: { ...headers, ...more } })

const said = (answer: Answer): string => JSON.stringify(answer.body)

describe.each(sends)('%s', (name, route, body) => {
  const text = JSON.stringify(body)
  /** Connect Hub has one status for whatever is wrong with a request. */
  const as = (status: number): number => (name === 'connect-hub' ? 400 : status)

  test('bytes that are not UTF-8 are a 400 that says so', async () => {
    const answer = await post(route, Buffer.from(text, 'latin1'))
    expect(answer.status).toBe(400)
    expect(said(answer)).toContain('UTF-8')
  })

  test.each(['iso-8859-1', 'UTF-16', '"windows-1252"'])(
    'the charset %s is a 415 by name',
    async (charset) => {
      const answer = await post(route, text, { 'content-type': `application/json; charset=${charset}` })
      expect(answer.status).toBe(as(415))
      expect(said(answer).toLowerCase()).toContain(charset.replaceAll('"', '').toLowerCase())
    },
  )

  test.each(['utf-8', 'UTF8', '"utf-8"'])('the charset %s is taken', async (charset) => {
    const answer = await post(route, text, { 'content-type': `application/json; charset=${charset}` })
    expect(answer.status).not.toBe(415)
  })

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('a body in %s is read as the same body without', async (encoding, encode) => {
    const plain = await post(route, text)
    const encoded = await post(route, encode(Buffer.from(text)), { 'content-encoding': encoding })
    expect(encoded.status).toBe(plain.status)
  })

  test('another encoding is a 415 by name, and a broken body a 400', async () => {
    const unknown = await post(route, text, { 'content-encoding': 'zstd' })
    expect([unknown.status, said(unknown).includes('zstd')]).toEqual([as(415), true])
    expect((await post(route, text, { 'content-encoding': 'gzip' })).status).toBe(400)
  })

  test('a small body that unpacks to a large one is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1_048_576, 0x20))
    expect(bomb.length).toBeLessThan(100_000)
    expect((await post(route, bomb, { 'content-encoding': 'gzip' })).status).toBe(as(413))
  })

  test('an answer names twenty faults at most, however many there are', async () => {
    const fields = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`field${n}`, n]))
    const answer = await post(route, JSON.stringify(fields))
    expect(answer.status).toBe(400)
    expect(said(answer).length).toBeLessThan(5_000)
  })
})

test('the text arrives as it was sent, whatever the encoding', async () => {
  const body = gzipSync(JSON.stringify(sends[0][2]))
  const { data } = (await post('/send-message', body, { 'content-encoding': 'gzip' })).body
  const message = await hermod.messageUntil(key, data.id, () => true)
  expect(JSON.stringify(message)).toContain('Olá')
})

describe('the type of a file', () => {
  const blanks = ' '.repeat(20)
  test.each([
    `image/jpeg${`;a=b${blanks}`.repeat(9)};!`,
    `image/jpeg${';'.repeat(5_000)}`,
    `image/jpeg;a="${'\\"'.repeat(2_000)}`,
    `${'a'.repeat(5_000)}/${'b'.repeat(5_000)}`,
  ])('%s is judged at once', async (type) => {
    const answer = await hermod.call('POST', '/media?session=sandbox', {
      raw: Buffer.from([0xff, 0xd8, 0xff]),
      headers: { authorization: `Bearer ${key}`, 'content-type': type },
    })
    expect(answer.status).toBeLessThan(500)
  })
})

test('no answer lets a browser guess its type', async () => {
  const routes = [
    '/',
    '/docs',
    '/docs/json',
    '/developers',
    '/openapi.json',
    '/livez',
    '/readyz',
    '/nowhere',
    '/%',
  ]
  const answers = await Promise.all([
    ...routes.map((route) => fetch(`${hermod.url}${route}`)),
    fetch(`${hermod.url}/messages`, { headers }),
    fetch(`${hermod.url}/messages`),
    fetch(`${hermod.url}/send-message`, { method: 'POST', headers, body: '{' }),
    ...sends.map(([, route]) => fetch(`${hermod.url}${route}`, { method: 'POST' })),
  ])
  for (const answer of answers) {
    expect([answer.url, answer.headers.get('x-content-type-options')]).toEqual([answer.url, 'nosniff'])
  }
})

test.each(sends)('%s asks for a key in WWW-Authenticate', async (_name, route, body) => {
  const answer = await hermod.call('POST', route, { body })
  expect(answer.status).toBe(401)
  expect(answer.headers.get('www-authenticate')).toMatch(/^(Bearer|ApiKey) realm="/)
})

test('a call that needs no key takes a small body only', async () => {
  const register = (name: string) =>
    hermod.call('POST', '/auth/register', { body: { name, email: 'a@example.com' } })
  expect((await register('A')).status).toBe(201)
  expect((await register('A'.repeat(17_000))).status).toBe(413)
})

test('the text of a refusal names the first fault', async () => {
  const answer = await hermod.call('POST', '/send-message', { key, body: { message: 'Hi' } })
  expect(answer.body.error).toBe('The request is not valid: body.to is required.')
})

test('a body whose fields may all be left out may be left out itself', async () => {
  const made = await hermod.call('POST', '/webhook-endpoints', {
    key,
    body: { url: `${hermod.receiver.url}/hook` },
  })
  const tested = await hermod.call('POST', `/webhook-endpoints/${made.body.data.id}/test`, { key })
  expect(tested.status).toBeLessThan(300)
  const service = await hermod.call('PUT', '/otp/services/plain', { key })
  expect(service.status).toBe(200)
})

test('dryRun is another spelling of dry_run', async () => {
  const body = { to: '14155552671', message: 'Hi', session: 'sandbox', dryRun: true }
  const { data } = (await hermod.call('POST', '/send-message', { key, body })).body
  expect((await hermod.messageUntil(key, data.id, () => true))['dryRun']).toBe(true)
})

test('the explorer asks a browser for no TLS that the service may not have', async () => {
  const answer = await fetch(`${hermod.url}/docs/`)
  const policy = answer.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("script-src 'self'")
  expect(policy).not.toContain('upgrade-insecure-requests')
})
