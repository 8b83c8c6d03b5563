import { afterEach, beforeEach, expect, test } from 'vitest'
import { createWhatsappCloud } from '../../../src/providers/whatsapp-cloud/index.ts'
import { closedUrl, json, startGraphStub, type GraphStub, type StubAnswer } from './graph-stub.ts'

const settings = { accessToken: 'EAAJtoken0123456789', phoneNumberId: '106540352242922' }

let graph: GraphStub

beforeEach(async () => {
  graph = await startGraphStub()
})
afterEach(() => graph.close())

async function check(graphUrl = graph.url, signal = new AbortController().signal) {
  const provider = createWhatsappCloud({
    graphUrl,
    graphVersion: 'v23.0',
    timeoutMs: 5_000,
    connectionsMax: 1,
    cloudRatePerSecond: 80,
    operatorSecrets: { signature: null, verifyToken: null },
  })
  const result = await provider.open({ id: 'session-1', settings }).checkCredentials?.(signal)
  await provider.close()
  return result
}

test('good credentials tell the number, its name and its quality', async () => {
  graph.answerWith(
    json(200, {
      id: '106540352242922',
      display_phone_number: '+1 555-555-5555',
      verified_name: 'Jaspers Market',
      quality_rating: 'GREEN',
      code_verification_status: 'VERIFIED',
      name_status: 'APPROVED',
    }),
  )
  expect(await check()).toEqual({
    ok: true,
    displayPhoneNumber: '+1 555-555-5555',
    verifiedName: 'Jaspers Market',
    qualityRating: 'GREEN',
  })
  expect(graph.requests[0]).toMatchObject({
    method: 'GET',
    headers: { authorization: 'Bearer EAAJtoken0123456789' },
  })
  expect(graph.requests[0]?.url).toMatch(/^\/v23\.0\/106540352242922\?fields=id,display_phone_number,/)
})

const unreadable = { ok: false, code: 'provider_unreachable' }
const answers: [name: string, answer: StubAnswer, result: Record<string, unknown>][] = [
  [
    'a bad token',
    json(401, { error: { code: 190, message: 'Invalid OAuth access token.' } }),
    { ok: false, code: 'auth_failed', detail: 'Invalid OAuth access token.' },
  ],
  [
    'a wrong number id',
    json(400, {
      error: {
        code: 100,
        error_subcode: 33,
        type: 'GraphMethodException',
        message: 'Unsupported get request.',
      },
    }),
    { ok: false, code: 'permission_missing' },
  ],
  [
    'a missing permission',
    json(403, { error: { code: 10, message: 'Permission denied' } }),
    { ok: false, code: 'permission_missing' },
  ],
  [
    'another answer than Graph’s',
    (response) => response.writeHead(200).end('<html>portal</html>'),
    unreadable,
  ],
  ['an answer without the number', json(200, {}), unreadable],
  ['a gateway’s error', (response) => response.writeHead(502).end('bad gateway'), unreadable],
  ['no answer', (response) => response.socket?.destroy(), unreadable],
]

test.each(answers)('%s is told as what it is', async (_name, answer, result) => {
  graph.answerWith(answer)
  expect(await check()).toMatchObject(result)
})

test('an address where nobody listens is unreachable', async () => {
  expect(await check(await closedUrl())).toMatchObject({ ok: false, code: 'provider_unreachable' })
})

test('an aborted check asks nobody', async () => {
  expect(await check(graph.url, AbortSignal.abort())).toMatchObject({
    ok: false,
    code: 'provider_unreachable',
  })
  expect(graph.requests).toHaveLength(0)
})

test('the token is in no answer, even when Graph repeats it', async () => {
  graph.answerWith(
    json(400, { error: { code: 190, message: `Malformed access token ${settings.accessToken}` } }),
  )
  expect(JSON.stringify(await check())).not.toContain(settings.accessToken)
})
