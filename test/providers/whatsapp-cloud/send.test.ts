import { afterEach, beforeEach, expect, test } from 'vitest'
import type { OutboundMessage } from '../../../src/providers/contract.ts'
import {
  createWhatsappCloud,
  type WhatsappCloudOptions,
} from '../../../src/providers/whatsapp-cloud/index.ts'
import { cloudSettings } from '../../../src/providers/whatsapp-cloud/settings.ts'
import { json, startGraphStub, type GraphStub, type StubAnswer } from './graph-stub.ts'

const settings = { accessToken: 'EAAJtoken0123456789', phoneNumberId: '106540352242922' }
const session = { id: 'session-1', settings }
const message: OutboundMessage = {
  id: 'message-1',
  attempt: 1,
  to: { kind: 'msisdn', value: '16505551234' },
  content: { type: 'text', body: 'Hi' },
  replyTo: null,
}
const never = new AbortController().signal

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

const page =
  (status: number, headers: Record<string, string> = {}): StubAnswer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<html>gateway</html>')

test('a send is one POST to the number, with the token in its header and our id in its body', async () => {
  expect(await cloud().open(session).send(message, never)).toEqual({
    outcome: 'accepted',
    externalId: 'wamid.1',
    recipient: { address: '16505551234', userId: null },
  })
  expect(graph.requests).toHaveLength(1)
  expect(graph.requests[0]).toMatchObject({
    method: 'POST',
    url: '/v23.0/106540352242922/messages',
    headers: { authorization: 'Bearer EAAJtoken0123456789', 'content-type': 'application/json' },
  })
  expect(JSON.parse(graph.requests[0]?.body ?? '')).toEqual({
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: '16505551234',
    type: 'text',
    text: { body: 'Hi' },
    biz_opaque_callback_data: 'message-1',
  })
})

test('a Graph behind a path, with or without a slash at its end, is addressed under that path', async () => {
  for (const graphUrl of [`${graph.url}/graph`, `${graph.url}/graph/`]) {
    await cloud({ graphUrl }).open(session).send(message, never)
  }
  expect(graph.requests.map((request) => request.url)).toEqual([
    '/graph/v23.0/106540352242922/messages',
    '/graph/v23.0/106540352242922/messages',
  ])
})

test('text beyond ASCII arrives as it was written', async () => {
  const body = 'Olá, Ærøskøbing 👍🏽 你好'
  await cloud()
    .open(session)
    .send({ ...message, content: { type: 'text', body } }, never)
  expect(JSON.parse(graph.requests[0]?.body ?? '')).toMatchObject({ text: { body } })
})

test('sends one after the other keep their connections', async () => {
  const provider = cloud()
  for (let count = 0; count < 20; count++) await provider.open(session).send(message, never)
  // The next send may come just before the pool has taken the last one's connection back.
  expect(graph.connections()).toBeLessThanOrEqual(2)
})

test('a hundred sends at once keep within the connections allowed, one at a time on each', async () => {
  let open = 0
  let openMost = 0
  graph.answerWith((response, request) => {
    openMost = Math.max(openMost, ++open)
    setImmediate(() => {
      open--
      json(200, { messages: [{ id: 'wamid.x' }] })(response, request)
    })
  })
  const provider = cloud({ connectionsMax: 3 })
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, () => provider.open(session).send(message, never)),
  )
  expect(outcomes.every((outcome) => outcome.outcome === 'accepted')).toBe(true)
  expect(graph.requests).toHaveLength(100)
  expect(graph.connections()).toBeLessThanOrEqual(3)
  expect(openMost).toBeLessThanOrEqual(3)
})

const answers: [name: string, answer: StubAnswer, outcome: Record<string, unknown>][] = [
  [
    'a held message is accepted',
    json(200, { messages: [{ id: 'wamid.h', message_status: 'held_for_quality_assessment' }] }),
    { outcome: 'accepted', externalId: 'wamid.h' },
  ],
  [
    'a success without messages is unknown',
    json(200, { messaging_product: 'whatsapp' }),
    { outcome: 'unknown' },
  ],
  ['a success with an empty id is unknown', json(200, { messages: [{ id: '' }] }), { outcome: 'unknown' }],
  ['a success that is not JSON is unknown', page(200), { outcome: 'unknown' }],
  [
    'a Graph error in a success is a refusal',
    json(200, { error: { code: 131026, message: 'x' } }),
    { outcome: 'refused', code: 'recipient_unreachable' },
  ],
  [
    'a Graph error is a refusal, whatever the status',
    json(404, { error: { code: 132001, message: 'x' } }),
    { outcome: 'refused', code: 'template_unavailable', retryable: false },
  ],
  [
    'a Graph error with a 5xx is a refusal',
    json(500, { error: { code: 131000, message: 'x' } }),
    { outcome: 'refused', code: 'provider_unavailable', retryable: true },
  ],
  ['a 500 that is not Graph’s is unknown', page(500), { outcome: 'unknown' }],
  ['a 502 page is unknown: the gateway may have passed it on', page(502), { outcome: 'unknown' }],
  ['a 504 page is unknown: the gateway may have passed it on', page(504), { outcome: 'unknown' }],
  [
    'a 503 page is a refusal: the gateway did not pass it on',
    page(503, { 'retry-after': '7' }),
    { outcome: 'refused', code: 'provider_unavailable', retryable: true, retryAfterMs: 7_000 },
  ],
  [
    'a 429 page holds the session back',
    page(429, { 'retry-after': '3' }),
    { outcome: 'refused', code: 'throttled', retryable: true, retryAfterMs: 3_000 },
  ],
  [
    'a proxy’s 407 page may be tried again',
    page(407),
    { outcome: 'refused', code: 'provider_unavailable', retryable: true },
  ],
  [
    'a redirect is not followed',
    (response) => response.writeHead(302, { location: '/elsewhere' }).end(),
    { outcome: 'refused', code: 'provider_unavailable' },
  ],
  [
    'an answer over 64 kB is unknown',
    (response) => response.writeHead(200).end(`{"messages":[{"id":"wamid.1"}],"x":"${'x'.repeat(70_000)}"}`),
    { outcome: 'unknown' },
  ],
  [
    'an answer that breaks off is unknown',
    (response) => {
      response.writeHead(200, { 'content-length': '500' }).write('{"messages":[{"id":"wamid.1"}')
      setImmediate(() => response.destroy())
    },
    { outcome: 'unknown' },
  ],
  [
    'an answer in pieces is read whole',
    (response) => {
      response.writeHead(200).write('{"messages":[{"id":"wam')
      setImmediate(() => response.end('id.pieces"}]}'))
    },
    { outcome: 'accepted', externalId: 'wamid.pieces' },
  ],
  [
    'an answer that is not HTTP is unknown',
    (response) => response.socket?.end('garbage\r\n\r\n'),
    { outcome: 'unknown' },
  ],
]

test.each(answers)('%s', async (_name, answer, outcome) => {
  graph.answerWith(answer)
  expect(await cloud().open(session).send(message, never)).toMatchObject(outcome)
  expect(graph.requests).toHaveLength(1)
})

test('the token is in no outcome, wherever Graph repeats it', async () => {
  const { accessToken } = settings
  graph.answerWith(
    json(400, {
      error: {
        code: 190,
        message: `bad ${accessToken}`,
        error_user_msg: accessToken,
        [accessToken]: [accessToken],
      },
    }),
  )
  const outcome = await cloud().open(session).send(message, never)
  expect(outcome).toMatchObject({ outcome: 'refused', code: 'auth_failed', detail: 'bad [redacted]' })
  expect(JSON.stringify(outcome)).not.toContain(accessToken)
})

test.each([
  ['a token with a line break', { ...settings, accessToken: 'EAAJ\r\nx-evil: 1' }],
  ['a number id that is a path', { ...settings, phoneNumberId: '1/../2' }],
  ['a field that does not exist', { ...settings, token: 'x' }],
])('settings with %s are refused', (_name, given) => {
  expect(cloudSettings.safeParse(given).success).toBe(false)
})
