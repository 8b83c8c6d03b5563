import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { normalizeWebhook, verifySignature } from '@kapso/whatsapp-cloud-api/server'
import { afterEach, expect, test } from 'vitest'
import { closeServer, isJson, listen, type Json, readBody } from '../http.ts'
import { createLedger } from './ledger.ts'
import type { GraphApiOptions } from './options.ts'
import { type GraphApi, startGraphApi } from './server.ts'

const appSecret = 'the-app-secret'

interface Post {
  raw: Buffer
  signature: string
}
interface Bench {
  graph: GraphApi
  /** The gateway's callback URL. */
  url: string
  posts: Post[]
  /** Every status and message received, in order. */
  updates: () => Json[]
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A gateway that answers with these statuses in turn, then 200, and a Graph API that reports to it. */
async function start(callbacks: GraphApiOptions['callbacks'] = {}, answers: number[] = []): Promise<Bench> {
  const posts: Post[] = []
  const gateway: Server = createServer((request, response) => {
    if (request.method === 'GET') {
      const query = new URL(request.url ?? '/', 'http://gateway').searchParams
      const isKnown = query.get('hub.verify_token') === 'known'
      response.writeHead(isKnown ? 200 : 403).end(isKnown ? query.get('hub.challenge') : '')
      return
    }
    void readBody(request).then((raw) => {
      const signature = request.headers['x-hub-signature-256']
      posts.push({ raw, signature: String(signature ?? '') })
      response.writeHead(answers.shift() ?? 200).end()
    })
  })
  const port = await listen(gateway, { host: '127.0.0.1', port: 0 })
  closing.push(() => closeServer(gateway))
  const url = `http://127.0.0.1:${port}/callback`
  const graph = await startGraphApi({ callbacks: { url, appSecret, stepMs: 0, ...callbacks } })
  closing.push(graph.close)
  return {
    graph,
    url,
    posts,
    updates: () => posts.flatMap(({ raw }) => updatesOf(JSON.parse(raw.toString()))),
  }
}

function updatesOf(payload: unknown): Json[] {
  const list = (value: unknown) => (Array.isArray(value) ? value.filter(isJson) : [])
  return list(isJson(payload) ? payload['entry'] : [])
    .flatMap((entry) => list(entry['changes']))
    .flatMap(({ value }) => (isJson(value) ? [...list(value['statuses']), ...list(value['messages'])] : []))
}

async function send({ graph }: Bench, more: Json = {}, version = 'v25.0') {
  const body = {
    messaging_product: 'whatsapp',
    to: '16505551234',
    type: 'text',
    text: { body: 'Hi' },
    ...more,
  }
  const headers = { authorization: 'Bearer EAAtesttoken' }
  const init = { method: 'POST', headers, body: JSON.stringify(body) }
  return fetch(`${graph.url}/${version}/106540352242922/messages`, init)
}

test('an accepted message is reported sent, delivered and read, with our data and the number', async () => {
  const bench = await start()
  await send(bench, { biz_opaque_callback_data: 'ours' })
  await bench.graph.control.callbacksSettled()
  const [message] = bench.graph.control.ledger.byCorrelation('ours')
  expect(bench.updates().map((one) => one['status'])).toEqual(['sent', 'delivered', 'read'])
  expect(bench.updates()[0]).toEqual({
    id: message?.wamid,
    status: 'sent',
    timestamp: expect.stringMatching(/^\d{10}$/),
    recipient_id: '16505551234',
    biz_opaque_callback_data: 'ours',
    pricing: { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' },
  })
  expect(message?.acknowledged).toEqual(['sent', 'delivered', 'read'])
})

test('the signature covers the raw bytes, escapes included', async () => {
  const bench = await start()
  bench.graph.control.inbound({ text: 'äöå 👍 a/b' })
  await bench.graph.control.callbacksSettled()
  const [post] = bench.posts
  const raw = post?.raw ?? Buffer.alloc(0)
  expect(post?.signature).toBe(`sha256=${createHmac('sha256', appSecret).update(raw).digest('hex')}`)
  expect(verifySignature({ appSecret, rawBody: raw, signatureHeader: post?.signature ?? '' })).toBe(true)
  expect(raw.toString('latin1')).toContain('\\u00e4\\u00f6\\u00e5 \\ud83d\\udc4d a\\/b')
})

test('an independent reader understands statuses and inbound messages', async () => {
  const bench = await start()
  await send(bench, { biz_opaque_callback_data: 'ours' }, 'v23.0')
  bench.graph.control.inbound({ text: 'Hello', from: '4915112345678' })
  await bench.graph.control.callbacksSettled()
  const read = bench.posts.map(({ raw }) => normalizeWebhook(JSON.parse(raw.toString())))
  expect(read.flatMap(({ statuses }) => statuses)).toHaveLength(3)
  expect(read.flatMap(({ messages }) => messages)).toMatchObject([{ from: '4915112345678', type: 'text' }])
  expect(bench.updates()[0]).toMatchObject({ conversation: { origin: { type: 'service' } } })
})

test('what is not answered 200 is posted again, the same bytes, until it is', async () => {
  const bench = await start({ retryFirstMs: 1 }, [500, 503, 204])
  await send(bench)
  await bench.graph.control.callbacksSettled()
  expect(bench.posts).toHaveLength(4)
  expect(new Set(bench.posts.map(({ raw }) => raw.toString())).size).toBe(1)
  const { stats } = bench.graph.control.ledger
  expect(stats).toMatchObject({ posts: 4, postsFailed: 3, updatesAcknowledged: 3, updatesAbandoned: 0 })
})

test('retries end after the attempts allowed', async () => {
  const bench = await start({ retryFirstMs: 1, attemptsMax: 2 }, [500, 500, 500])
  await send(bench)
  await bench.graph.control.callbacksSettled()
  expect(bench.posts).toHaveLength(2)
  expect(bench.graph.control.ledger.stats.updatesAbandoned).toBe(3)
})

test('updates that come close together share a POST, as many as are allowed', async () => {
  const bench = await start({ statuses: ['sent'], flushMs: 60_000, updatesMax: 4, hold: true })
  for (let sent = 0; sent < 10; sent += 1) await send(bench)
  bench.graph.control.configureCallbacks({ flushMs: 1 })
  bench.graph.control.releaseCallbacks()
  await bench.graph.control.callbacksSettled()
  const sizes = bench.posts.map(({ raw }) => updatesOf(JSON.parse(raw.toString())).length)
  expect(sizes.toSorted((one, other) => one - other)).toEqual([2, 4, 4])
})

test('callbacks can fail, repeat, come in reverse and be held back, message by message', async () => {
  const bench = await start()
  const { control } = bench.graph
  control.rules.replace(
    { when: { to: '16505550001' }, callbacks: { failWith: 131049 } },
    { when: { to: '16505550002' }, callbacks: { repeat: 2, statuses: ['sent'] } },
    { when: { to: '16505550003' }, callbacks: { order: 'reverse' } },
    { when: { to: '16505550004' }, callbacks: { hold: true } },
  )
  const statusesOf = (to: string) =>
    bench
      .updates()
      .filter((one) => one['recipient_id'] === to)
      .map((one) => one['status'])
  for (const last of [1, 2, 3, 4]) await send(bench, { to: `1650555000${last}` })
  await control.callbacksSettled()
  expect(statusesOf('16505550001')).toEqual(['failed'])
  expect(bench.updates().find((one) => one['status'] === 'failed')).toMatchObject({
    errors: [{ code: 131049 }],
  })
  expect(statusesOf('16505550002')).toEqual(['sent', 'sent'])
  expect(statusesOf('16505550003')).toEqual(['read', 'delivered', 'sent'])
  expect(statusesOf('16505550004')).toEqual([])
  control.releaseCallbacks()
  await control.callbacksSettled()
  expect(statusesOf('16505550004')).toEqual(['sent', 'delivered', 'read'])
})

test('a callback can overtake the answer to its message', async () => {
  const bench = await start()
  const { control } = bench.graph
  control.rules.add({ outcome: { kind: 'hang', accepted: true } })
  const answer = send(bench, { biz_opaque_callback_data: 'early' }).catch(() => 'no answer')
  await expect.poll(() => bench.updates().length).toBe(3)
  await bench.graph.close()
  expect(await answer).toBe('no answer')
})

test('template updates and any payload can be posted, with a wrong signature too', async () => {
  const bench = await start()
  bench.graph.control.templateStatus({ event: 'APPROVED', name: 'x' })
  await bench.graph.control.callbacksSettled()
  expect(JSON.parse(bench.posts[0]?.raw.toString() ?? '')).toMatchObject({
    entry: [{ changes: [{ field: 'message_template_status_update', value: { event: 'APPROVED' } }] }],
  })
  expect(await bench.graph.control.postCallback('{"object":"strange"}', 'wrong')).toBe(200)
  const [, post] = bench.posts
  expect(post?.raw.toString()).toBe('{"object":"strange"}')
  expect(
    verifySignature({ appSecret, rawBody: '{"object":"strange"}', signatureHeader: post?.signature ?? '' }),
  ).toBe(false)
})

test('a callback override counts only when the callback echoes the challenge', async () => {
  const bench = await start({ url: null })
  const subscribe = (verifyToken: string) =>
    fetch(`${bench.graph.url}/v25.0/102290129340398/subscribed_apps`, {
      method: 'POST',
      headers: { authorization: 'Bearer EAAtesttoken' },
      body: JSON.stringify({ override_callback_uri: bench.url, verify_token: verifyToken }),
    })
  expect((await subscribe('unknown')).status).toBe(400)
  await send(bench)
  await bench.graph.control.callbacksSettled()
  expect(bench.posts).toHaveLength(0)
  expect((await subscribe('known')).status).toBe(200)
  await send(bench)
  await bench.graph.control.callbacksSettled()
  expect(bench.updates()).toHaveLength(3)
})

test('a hundred thousand messages are kept apart and counted', async () => {
  const ledger = createLedger('times')
  for (let sent = 0; sent < 100_000; sent += 1) {
    const to = String(16_505_550_000 + (sent % 1_000))
    const ids = { wamid: `wamid.${sent}`, correlationId: `m${sent}`, phoneNumberId: '1' }
    ledger.accept({ ...ids, to, type: 'text', at: sent, body: {} })
  }
  ledger.count('m7')
  expect(ledger.stats).toMatchObject({ accepted: 100_001, distinct: 100_000 })
  expect(ledger.duplicates()).toEqual({ m7: 2 })
  expect(ledger.byRecipient('+16505550007')).toHaveLength(100)
  expect(ledger.byCorrelation('m7')[0]?.body).toBeNull()
})
