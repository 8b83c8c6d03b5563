import { once } from 'node:events'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import {
  createOutboundClient,
  type OutboundClient,
  type OutboundClientOptions,
} from '../../../src/kit/net/outbound-client.ts'
import { createOutboundGuard, type OutboundGuardOptions } from '../../../src/kit/net/outbound-guard.ts'
import type { CertificateName } from '../../fakes/certificates/index.ts'
import type { Reply } from '../../fakes/webhook-receiver/reply.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../fakes/webhook-receiver/server.ts'
import { proxyCredentials, startConnectProxy } from '../../support/connect-proxy.ts'

const timeoutMs = 1_500
let receiver: WebhookReceiver
let client: OutboundClient
/** What the receiver does, by path, so that tests do not meet. */
const replies = new Map<string, Reply>()

beforeAll(async () => {
  receiver = await startWebhookReceiver({ verify: false })
  receiver.respond(({ path }) => replies.get(path) ?? null)
  client = clientOf()
})
afterAll(async () => {
  await client.close()
  await receiver.close()
})

function clientOf(options: Partial<OutboundClientOptions & OutboundGuardOptions> = {}): OutboundClient {
  const { resolveName, proxy = null } = options
  return createOutboundClient({
    guard: createOutboundGuard({ allowCidrs: ['127.0.0.1/32'], ...(resolveName && { resolveName }) }),
    timeoutMs,
    connectTimeoutMs: 1_000,
    bodyBytesMax: 16_384,
    proxy,
  })
}

let paths = 0
async function postTo(reply: Reply) {
  paths += 1
  const path = `/hook-${paths}`
  replies.set(path, reply)
  const request = { headers: { 'content-type': 'application/json' }, body: '{"a":"ü"}' }
  return { ...(await client.post(`${receiver.url}${path}?q=1`, request)), path }
}

test('an answer comes whole, with where from and how long it took', async () => {
  const answer = await postTo({ status: 201, headers: { 'x-a': '1', 'retry-after': '7' }, body: 'Grüße' })
  expect(answer).toMatchObject({
    status: 201,
    headers: { 'x-a': '1', 'retry-after': '7' },
    body: 'Grüße',
    error: null,
    remoteAddress: '127.0.0.1',
  })
  expect(answer.latencyMs).toBeGreaterThanOrEqual(0)
  expect(Number.isInteger(answer.latencyMs)).toBe(true)
  const [delivery] = receiver.deliveries.filter(({ path }) => path === answer.path)
  expect(delivery).toMatchObject({ body: '{"a":"ü"}', headers: { 'content-type': 'application/json' } })
})

test.each<[string, Reply, string]>([
  ['hangs', { kind: 'hang' }, 'E_TIMEOUT'],
  ['starts too late', { delayMs: 5_000 }, 'E_TIMEOUT'],
  ['drips its body', { kind: 'drip' }, 'E_TIMEOUT'],
  ['hangs up', { kind: 'close' }, 'E_CONNECTION'],
  ['resets before it answers', { kind: 'reset' }, 'E_CONNECTION'],
  ['resets amid its body', { kind: 'broken' }, 'E_CONNECTION'],
  ['floods with headers', { kind: 'flood' }, 'E_RESPONSE'],
  ['speaks something else than HTTP', { kind: 'garbage' }, 'E_RESPONSE'],
])('a receiver that %s is told as what it is: no status', async (_what, reply, error) => {
  expect(await postTo(reply)).toMatchObject({
    status: 0,
    headers: {},
    body: '',
    error,
    remoteAddress: '127.0.0.1',
  })
})

test('of a body without an end 16 KB are kept, and the answer counts', async () => {
  const answer = await postTo({ kind: 'endless' })
  expect(answer).toMatchObject({ status: 200, error: null })
  expect(answer.body).toHaveLength(16_384)
})

test('a gzip bomb stays packed', async () => {
  const answer = await postTo({ kind: 'bomb' })
  expect(answer).toMatchObject({ status: 200, headers: { 'content-encoding': 'gzip' }, error: null })
  expect(answer.body.length).toBeLessThanOrEqual(16_384)
})

test('bytes that are not UTF-8 spoil nothing', async () => {
  const answer = await postTo({ kind: 'strange' })
  expect(answer).toMatchObject({ status: 200, body: '\uFFFD\uFFFDok', error: null })
  expect(String(answer.headers['x-strange'])).toMatch(/^caf/)
})

test.each([301, 302, 303, 307, 308])('a redirect is an answer and not followed: %i', async (status) => {
  const location = `${receiver.url}/forbidden-${status}`
  expect(await postTo({ status, headers: { location } })).toMatchObject({ status, headers: { location } })
  expect(receiver.deliveries.filter(({ path }) => path.startsWith('/forbidden'))).toEqual([])
})

test('a signal gives a request up, before it starts and while it runs', async () => {
  replies.set('/given-up', { kind: 'hang' })
  const abort = new AbortController()
  const request = { headers: {}, body: '', signal: abort.signal }
  const running = client.post(`${receiver.url}/given-up`, request)
  await receiver.waitFor(({ path }) => path === '/given-up')
  abort.abort()
  expect(await running).toMatchObject({ status: 0, error: 'E_TIMEOUT' })
  expect(await client.post(`${receiver.url}/never`, request)).toMatchObject({ status: 0, error: 'E_TIMEOUT' })
  expect(receiver.deliveries.filter(({ path }) => path === '/never')).toEqual([])
})

test.each([
  ['no URL', 'E_INVALID_TARGET'],
  ['http://user@127.0.0.1/', 'E_INVALID_TARGET'],
  ['http://8.8.8.8/', 'E_INVALID_TARGET'],
  ['https://127.0.0.2/', 'E_SSRF_BLOCKED'],
  ['https://[::1]/', 'E_SSRF_BLOCKED'],
])('%s is not visited', async (url, error) => {
  expect(await client.post(url, { headers: {}, body: '' })).toMatchObject({
    status: 0,
    error,
    remoteAddress: null,
  })
})

test('headers that HTTP cannot carry are told and do not throw', async () => {
  const request = { headers: { 'x-a': 'one\r\ntwo: 2' }, body: '' }
  expect(await client.post(receiver.url, request)).toMatchObject({ status: 0, error: 'E_INVALID_TARGET' })
})

test('nobody at the port is a connection that failed', async () => {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = addressOf(server.address())
  server.close()
  const answer = await client.post(`http://127.0.0.1:${port}/`, { headers: {}, body: '' })
  expect(answer).toMatchObject({ error: 'E_CONNECTION', remoteAddress: null })
})

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('no TCP address')
  return address
}

test('a name that leads nowhere, and one whose DNS hangs, harm no other', async () => {
  const asked: string[] = []
  const patient = clientOf({
    resolveName(name) {
      asked.push(name)
      if (name === 'good.test') return Promise.resolve([{ address: '127.0.0.1', family: 4 }])
      return name === 'hangs.test' ? new Promise(() => undefined) : Promise.reject(new Error('no such name'))
    },
  })
  onTestFinished(() => patient.close())
  const post = (name: string) =>
    patient.post(`http://${name}:${receiver.port}/dns`, { headers: {}, body: '' })
  const hanging = post('hangs.test')
  expect(await post('gone.test')).toMatchObject({ error: 'E_DNS', remoteAddress: null })
  expect(await post('good.test')).toMatchObject({ status: 204, error: null, remoteAddress: '127.0.0.1' })
  expect(await hanging).toMatchObject({ error: 'E_TIMEOUT', remoteAddress: null })
})

test('a name that turns to a forbidden address is not followed there: the connection is to what was vetted', async () => {
  const canary = await startWebhookReceiver({ verify: false, host: '127.0.0.2', port: receiver.port })
  onTestFinished(() => canary.close())
  const turns = ['127.0.0.2', '127.0.0.1', '127.0.0.2']
  const rebound = clientOf({
    resolveName: () => Promise.resolve([{ address: turns.shift() ?? '127.0.0.2', family: 4 }]),
  })
  onTestFinished(() => rebound.close())
  const post = () =>
    rebound.post(`http://rebind.test:${receiver.port}/`, { headers: { connection: 'close' }, body: '' })
  expect(await post()).toMatchObject({ error: 'E_SSRF_BLOCKED' })
  // Good when it is asked, forbidden when the connection asks again.
  expect(await post()).toMatchObject({ error: 'E_SSRF_BLOCKED' })
  expect(await post()).toMatchObject({ error: 'E_SSRF_BLOCKED' })
  expect(canary.deliveries).toEqual([])
})

test.each<CertificateName>(['good', 'expired', 'wrong-name', 'self-signed'])(
  'a certificate that is not trusted ends the connection, told as TLS: %s',
  async (certificate) => {
    const secure = await startWebhookReceiver({ verify: false, certificate })
    onTestFinished(() => secure.close())
    for (const url of [secure.url, secure.url.replace('127.0.0.1', 'localhost')]) {
      expect(await client.post(url, { headers: {}, body: '' })).toMatchObject({ status: 0, error: 'E_TLS' })
    }
    expect(secure.deliveries).toEqual([])
  },
)

test('plain HTTP where TLS is expected is told as TLS', async () => {
  const answer = await client.post(`https://127.0.0.1:${receiver.port}/`, { headers: {}, body: '' })
  expect(answer).toMatchObject({ status: 0, error: 'E_TLS' })
})

test('connections are kept and used again', async () => {
  const seen = new Set<unknown>()
  const server = createTcpServer((socket) => {
    seen.add(socket)
    socket.on('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n'))
    socket.on('error', () => undefined)
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const url = `http://127.0.0.1:${addressOf(server.address()).port}/`
  for (let count = 0; count < 5; count += 1) {
    // One after the other: it is about the connection that the one before left.
    // oxlint-disable-next-line no-await-in-loop
    expect(await client.post(url, { headers: {}, body: '{}' })).toMatchObject({ status: 204 })
  }
  // undici lets a connection rest for a turn of the event loop, so two may take turns.
  expect(seen.size).toBeLessThanOrEqual(2)
})

const toReceiver: OutboundGuardOptions['resolveName'] = (name) =>
  Promise.resolve([{ address: name === 'bad.test' ? '10.0.0.1' : '127.0.0.1', family: 4 }])

test('a proxy is asked for the address that was vetted, and for no other', async () => {
  const { url, asked } = await startConnectProxy(receiver)
  const proxied = clientOf({ resolveName: toReceiver, proxy: { url, resolvesNames: false } })
  onTestFinished(() => proxied.close())
  const post = (name: string) => proxied.post(`http://${name}:81/proxied`, { headers: {}, body: '{}' })
  expect(await post('good.test')).toMatchObject({ status: 204, error: null, remoteAddress: '127.0.0.1' })
  expect(await post('bad.test')).toMatchObject({ status: 0, error: 'E_SSRF_BLOCKED' })
  expect(await post('10.0.0.1')).toMatchObject({ status: 0, error: 'E_SSRF_BLOCKED' })
  expect(asked).toEqual([{ target: '127.0.0.1:81', credentials: proxyCredentials }])
  const [delivery] = receiver.deliveries.filter(({ path }) => path === '/proxied')
  expect(delivery?.headers.host).toBe('good.test:81')
})

test('a proxy that looks names up gets them; addresses in URLs are checked all the same', async () => {
  const { url, asked } = await startConnectProxy(receiver)
  const proxied = clientOf({ resolveName: toReceiver, proxy: { url, resolvesNames: true } })
  onTestFinished(() => proxied.close())
  const post = (name: string) => proxied.post(`http://${name}/named`, { headers: {}, body: '{}' })
  expect(await post('bad.test')).toMatchObject({ status: 204, error: null, remoteAddress: null })
  expect(await post('10.0.0.1')).toMatchObject({ error: 'E_SSRF_BLOCKED' })
  expect(await post('localhost')).toMatchObject({ status: 204 })
  expect(asked.map(({ target }) => target)).toEqual(['bad.test:80', 'localhost:80'])
})

test('a proxy that refuses is a connection that failed, and nothing goes around it', async () => {
  const { url } = await startConnectProxy({ port: receiver.port, refuse: true })
  const proxied = clientOf({ resolveName: toReceiver, proxy: { url, resolvesNames: false } })
  onTestFinished(() => proxied.close())
  const direct = `http://127.0.0.1:${receiver.port}/around`
  expect(await proxied.post(direct, { headers: {}, body: '' })).toMatchObject({ error: 'E_CONNECTION' })
  expect(receiver.deliveries.filter(({ path }) => path === '/around')).toEqual([])
})
