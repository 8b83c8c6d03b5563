import { createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { OutboundMessage } from '../../../src/providers/contract.ts'
import {
  createWhatsappCloud,
  type WhatsappCloudOptions,
} from '../../../src/providers/whatsapp-cloud/index.ts'
import { acceptAll, closedUrl, startGraphStub, type GraphStub } from './graph-stub.ts'

const session = { id: 'session-1', settings: { accessToken: 'EAAJtoken0123456789', phoneNumberId: '1065' } }
const message: OutboundMessage = {
  id: 'message-1',
  attempt: 1,
  to: { kind: 'msisdn', value: '16505551234' },
  content: { type: 'text', body: 'Hi' },
  replyTo: null,
}
const never = new AbortController().signal
const unreached = { outcome: 'refused', code: 'connection_failed', retryable: true }

let graph: GraphStub
const opened: { close(): Promise<void> }[] = []

beforeEach(async () => {
  graph = await startGraphStub()
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map((provider) => provider.close()))
  await graph.close()
})

function cloud(options: Partial<WhatsappCloudOptions> = {}) {
  const provider = createWhatsappCloud({
    graphUrl: graph.url,
    graphVersion: 'v23.0',
    timeoutMs: 5_000,
    connectionsMax: 4,
    cloudRatePerSecond: 80,
    operatorSecrets: { signature: null, verifyToken: null },
    ...options,
  })
  opened.push(provider)
  return provider
}

/** An https address where connections are taken and no handshake ever comes. */
async function muteServer() {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => sockets.add(socket.on('error', () => {})))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `https://127.0.0.1:${address.port}`, close }
}

/** Makes the stub read requests and say nothing; resolves when it has read the first. */
function silence(): Promise<void> {
  return new Promise((resolve) => graph.answerWith(() => resolve()))
}

test('a refused connection is a refusal, also for those that wait behind it', async () => {
  const provider = cloud({ graphUrl: await closedUrl(), connectionsMax: 2 })
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () => provider.open(session).send(message, never)),
  )
  for (const outcome of outcomes) expect(outcome).toMatchObject(unreached)
})

test('a pool whose connections were refused sends again as soon as somebody listens', async () => {
  const url = new URL(graph.url)
  await graph.close()
  const provider = cloud({ graphUrl: url.origin, connectionsMax: 2 })
  await Promise.all(Array.from({ length: 10 }, () => provider.open(session).send(message, never)))
  graph = await startGraphStub(Number(url.port))
  expect(await provider.open(session).send(message, never)).toMatchObject({ outcome: 'accepted' })
})

test('a name that does not resolve is a refusal', async () => {
  expect(await cloud({ graphUrl: 'http://graph.invalid' }).open(session).send(message, never)).toMatchObject(
    unreached,
  )
})

test('a TLS handshake that fails is a refusal', async () => {
  const graphUrl = graph.url.replace('http:', 'https:')
  expect(await cloud({ graphUrl }).open(session).send(message, never)).toMatchObject(unreached)
  expect(graph.requests).toHaveLength(0)
})

test('a request that was read and not answered in time is unknown', async () => {
  void silence()
  expect(await cloud({ timeoutMs: 60 }).open(session).send(message, never)).toMatchObject({
    outcome: 'unknown',
  })
})

test('an answer that starts and does not end in time is unknown', async () => {
  graph.answerWith((response) => response.writeHead(200).write('{"messages":'))
  expect(await cloud({ timeoutMs: 60 }).open(session).send(message, never)).toMatchObject({
    outcome: 'unknown',
  })
})

test('a request that is still connecting when its time is over, or is aborted, was not sent', async () => {
  const { url, close } = await muteServer()
  const late = cloud({ graphUrl: url, timeoutMs: 60 })
  expect(await late.open(session).send(message, never)).toMatchObject(unreached)

  const patient = cloud({ graphUrl: url })
  const controller = new AbortController()
  const sending = patient.open(session).send(message, controller.signal)
  controller.abort()
  expect(await sending).toMatchObject(unreached)
  await Promise.all([late.close(), patient.close()])
  await close()
})

test('a request aborted while it waits for a connection is never sent, and costs no connection', async () => {
  let answerFirst = () => {}
  const received = new Promise<void>((resolve) =>
    graph.answerWith((response, request) => {
      answerFirst = () => acceptAll()(response, request)
      resolve()
    }),
  )
  const provider = cloud({ connectionsMax: 1 })
  const first = provider.open(session).send(message, never)
  await received
  const controller = new AbortController()
  const waiting = Array.from({ length: 20 }, () => provider.open(session).send(message, controller.signal))
  controller.abort()
  for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject(unreached)

  graph.answerWith(acceptAll())
  answerFirst()
  expect(await first).toMatchObject({ outcome: 'accepted' })
  expect(await provider.open(session).send(message, never)).toMatchObject({ outcome: 'accepted' })
  expect(graph.requests).toHaveLength(2)
  expect(graph.connections()).toBe(1)
})

test('an abort ends what was written as unknown, and leaves the pool usable', async () => {
  const received = silence()
  const provider = cloud({ connectionsMax: 1 })
  const controller = new AbortController()
  const first = provider.open(session).send(message, controller.signal)
  await received
  controller.abort()
  expect(await first).toMatchObject({ outcome: 'unknown' })
  graph.answerWith(acceptAll())
  expect(await provider.open(session).send(message, never)).toMatchObject({ outcome: 'accepted' })
})

test('a connection that the other side drops is not tried again by itself', async () => {
  graph.answerWith((response) => response.socket?.resetAndDestroy())
  expect(await cloud().open(session).send(message, never)).toMatchObject({ outcome: 'unknown' })
  expect(graph.requests).toHaveLength(1)
})

test('many sends under one signal warn of no leak', async () => {
  const warnings: Error[] = []
  const keep = (warning: Error) => warnings.push(warning)
  process.on('warning', keep)
  const provider = cloud()
  const { signal } = new AbortController()
  await Promise.all(Array.from({ length: 50 }, () => provider.open(session).send(message, signal)))
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', keep)
  expect(warnings).toEqual([])
})

test('close waits for the sends under way', async () => {
  const received = new Promise<void>((resolve) =>
    graph.answerWith((response, request) => {
      resolve()
      setImmediate(() => acceptAll()(response, request))
    }),
  )
  const provider = cloud()
  const sending = provider.open(session).send(message, never)
  await received
  await provider.close()
  expect(await sending).toMatchObject({ outcome: 'accepted' })
})
