import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { inboundCallback, postCallback, signatureOf, statusCallback } from '../../support/callbacks.ts'
import { expectRefusal } from '../../support/refusal.ts'
import {
  startTestService,
  testAppSecret,
  testVerifyToken,
  until,
  type TestService,
} from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

const phoneNumberId = '106540352242922'
const ownVerifyToken = 'verify-token-of-my-own-app'
const ownAppSecret = 'secret-of-my-own-app'

let hermod: TestService
let sql: Sql
/** An account whose number is proven, on the operator's Meta app. */
let key: string
/** Sessions of accounts: one with a Meta app of its own, one on the operator's. */
let ownSession: string
let plainSession: string
beforeAll(async () => {
  hermod = await startTestService()
  sql = await connectSql(hermod.databaseUrl)
  key = await hermod.connect()
  await hermod.call('POST', '/auth/me/credentials/verify', { key })
  plainSession = await saveCredentials(await hermod.register(), {})
  ownSession = await saveCredentials(await hermod.register(), {
    whatsappAppSecret: ownAppSecret,
    whatsappVerifyToken: ownVerifyToken,
  })
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

async function saveCredentials(as: string, more: Record<string, string>): Promise<string> {
  const answer = await hermod.call('PUT', '/auth/me/credentials', {
    key: as,
    body: { whatsappAccessToken: 'EAAother', whatsappPhoneNumberId: '200000000000001', ...more },
  })
  return answer.body.data.sessionId
}

async function archivedCount(): Promise<number> {
  const [row] = await sql.query<{ count: number }>('select count(*)::int as count from callbacks')
  return row?.count ?? -1
}

interface ArchivedRow {
  body: Buffer
  state: string
  session_id: string | null
}

async function newestArchived(): Promise<ArchivedRow | undefined> {
  const rows = await sql.query<ArchivedRow>(
    'select body, state, session_id from callbacks order by id desc limit 1',
  )
  return rows[0]
}

async function inboundOf(as: string): Promise<{ [field: string]: unknown }[]> {
  return (await hermod.call('GET', '/messages?direction=inbound&limit=200', { key: as })).body.data
}

describe('the handshake', () => {
  const answerHandshake = (path: string, query: Record<string, string>) =>
    hermod.call('GET', `${path}?${new URLSearchParams(query).toString()}`)
  const subscription = (token: string) => ({
    'hub.mode': 'subscribe',
    'hub.challenge': '1158201444',
    'hub.verify_token': token,
  })
  const shared = '/webhooks/whatsapp'
  const paths = (): Record<string, string> => ({
    shared,
    own: `${shared}/${ownSession}`,
    plain: `${shared}/${plainSession}`,
  })

  test.each([
    ['the shared path', 'shared', testVerifyToken],
    ['the path of a session with a verify token of its own', 'own', ownVerifyToken],
    ['the path of a session without one', 'plain', testVerifyToken],
  ])('echoes the challenge as plain text on %s', async (_what, path, token) => {
    const answer = await answerHandshake(paths()[path] ?? '', subscription(token))
    expect(answer).toMatchObject({ status: 200, body: '1158201444' })
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
  })

  test.each([
    ['a wrong token', 'shared', subscription('wrong-token')],
    ['an empty token', 'shared', subscription('')],
    ['no token', 'shared', { 'hub.mode': 'subscribe', 'hub.challenge': '1' }],
    ['another mode', 'shared', { ...subscription(testVerifyToken), 'hub.mode': 'unsubscribe' }],
    ['no mode', 'shared', { 'hub.challenge': '1', 'hub.verify_token': testVerifyToken }],
    ['nothing at all', 'shared', {}],
    ['the operator’s token where the session has its own', 'own', subscription(testVerifyToken)],
    ['a session’s token on the shared path', 'shared', subscription(ownVerifyToken)],
    ['a session’s token on another session’s path', 'plain', subscription(ownVerifyToken)],
  ])('refuses %s', async (_what, path, query) => {
    expectRefusal(await answerHandshake(paths()[path] ?? '', { ...query }), {
      status: 403,
      code: 'forbidden',
    })
  })

  test.each(['019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59', 'nonsense'])('knows no session %s', async (id) => {
    const answer = await answerHandshake(`${shared}/${id}`, subscription(testVerifyToken))
    expectRefusal(answer, { status: 404, code: 'session_not_found' })
  })

  test('works as Meta does it', async () => {
    expect(await hermod.graph.control.verifyCallback(`${hermod.url}${shared}`, testVerifyToken)).toBe(
      'proven',
    )
    expect(await hermod.graph.control.verifyCallback(`${hermod.url}${shared}`, 'wrong-token')).toBe(
      'HTTP 403',
    )
  })
})

describe('a callback that is not proven is refused and nothing of it kept:', () => {
  const body = inboundCallback(phoneNumberId, 'wamid.forged')
  const good = signatureOf(body, testAppSecret)

  test.each<[what: string, path: string, headers: Record<string, string>]>([
    ['no signature', '', {}],
    ['an empty signature', '', { 'x-hub-signature-256': '' }],
    ['a signature of another secret', '', { 'x-hub-signature-256': signatureOf(body, 'guessed-secret') }],
    ['a signature of another body', '', { 'x-hub-signature-256': signatureOf(`${body} `, testAppSecret) }],
    ['a truncated signature', '', { 'x-hub-signature-256': good.slice(0, -1) }],
    ['a signature with something behind it', '', { 'x-hub-signature-256': `${good}00` }],
    ['a signature without its name', '', { 'x-hub-signature-256': good.slice('sha256='.length) }],
    ['a signature that is no hex', '', { 'x-hub-signature-256': `sha256=${'z'.repeat(64)}` }],
    ['the old SHA-1 header alone', '', { 'x-hub-signature': good }],
    [
      'the operator’s signature where the session has a secret of its own',
      'own',
      { 'x-hub-signature-256': good },
    ],
    [
      'a session’s signature on the shared path',
      '',
      { 'x-hub-signature-256': signatureOf(body, ownAppSecret) },
    ],
    [
      'a session’s signature on another’s path',
      'plain',
      { 'x-hub-signature-256': signatureOf(body, ownAppSecret) },
    ],
  ])('%s', async (_what, session, headers) => {
    const before = await archivedCount()
    const path = { '': '', own: `/${ownSession}`, plain: `/${plainSession}` }[session] ?? ''
    const answer = await hermod.call('POST', `/webhooks/whatsapp${path}`, { raw: body, headers })
    expectRefusal(answer, { status: 403, code: 'signature_invalid' })
    expect(await archivedCount()).toBe(before)
    expect((await inboundOf(key)).map((message) => message['externalId'])).not.toContain('wamid.forged')
  })

  test('one that is larger than Meta ever sends', async () => {
    const before = await archivedCount()
    const answer = await postCallback(hermod, 'x'.repeat(5 * 1_048_576))
    expectRefusal(answer, { status: 413, code: 'payload_too_large' })
    expect(await archivedCount()).toBe(before)
  })

  test('one for a session that does not exist', async () => {
    const before = await archivedCount()
    const answer = await postCallback(hermod, body, { sessionId: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59' })
    expectRefusal(answer, { status: 404, code: 'session_not_found' })
    expect(await archivedCount()).toBe(before)
  })
})

const kept: [what: string, bytes: Buffer][] = [
  ['one of Meta’s own', Buffer.from(inboundCallback(phoneNumberId, 'wamid.kept-1'))],
  [
    'with escapes and blanks as they came',
    Buffer.from('{ "object" :"whatsapp_business_account",\n"entry":[ ],"x":"\\u00e9\\/"}\r\n'),
  ],
  [
    'of a field that nobody knows',
    Buffer.from('{"entry":[{"id":"1","changes":[{"field":"calls","value":{"x":1}}]}]}'),
  ],
  [
    'with a status that nobody knows',
    Buffer.from(
      statusCallback(phoneNumberId, []).replace(
        '"statuses":[]',
        '"statuses":[{"id":"wamid.x","status":"teleported","timestamp":"1"}]',
      ),
    ),
  ],
  ['that is no callback', Buffer.from('[1,2,3]')],
  ['half a JSON text', Buffer.from('{"entry":[{"id":')],
  ['no JSON at all', Buffer.from('hello')],
  ['of bytes that are no text', Buffer.from([0x7b, 0xff, 0x00, 0xfe, 0xed])],
  ['with a NUL character in a text', Buffer.from(inboundCallback(phoneNumberId, 'wamid.kept-nul', 'a\0b'))],
]

test.each(kept)('a proven callback, %s, is kept to the byte and answered 200', async (_what, bytes) => {
  const answer = await postCallback(hermod, bytes)
  expect(answer).toMatchObject({ status: 200, body: { received: true } })
  const archived = await newestArchived()
  expect(archived?.body.equals(bytes)).toBe(true)
})

test('an unreadable callback is answered at once and is not tried again and again', async () => {
  await postCallback(hermod, '{"entry":')
  await until(newestArchived, (row) => row?.state === 'applied', 'the callback to be applied')
})

test('the content type of a callback does not matter', async () => {
  const body = inboundCallback(phoneNumberId, 'wamid.typed')
  const answer = await hermod.call('POST', '/webhooks/whatsapp', {
    raw: body,
    headers: { 'content-type': 'text/plain', 'x-hub-signature-256': signatureOf(body, testAppSecret) },
  })
  expect(answer.status).toBe(200)
  expect((await inboundOf(key)).map((message) => message['externalId'])).toContain('wamid.typed')
})

test.each([
  ['a NUL character', 'a\0b', 'a\ufffdb'],
  ['half of a surrogate pair', 'a\ud83db', 'a\ufffdb'],
  ['a whole pair', 'a😀b', 'a😀b'],
  ['a backslash before what looks like an escape', 'a\\u0000b', 'a\\u0000b'],
])('a customer’s text with %s is not lost', async (what, text, stored) => {
  const wamid = `wamid.${what.replaceAll(' ', '-')}`
  // Meta escapes whatever is not ASCII.
  const body = inboundCallback(phoneNumberId, wamid, text).replaceAll('😀', '\\ud83d\\ude00')
  await postCallback(hermod, body)
  const messages = await inboundOf(key)
  expect(messages.find((message) => message['externalId'] === wamid)).toMatchObject({ body: stored })
})

describe('what customers send', () => {
  test('is stored once though it is delivered three times, one after the other and at once', async () => {
    const inOrder = inboundCallback(phoneNumberId, 'wamid.thrice')
    for (let time = 0; time < 3; time += 1) await postCallback(hermod, inOrder)
    const atOnce = inboundCallback(phoneNumberId, 'wamid.thrice-at-once')
    await Promise.all([1, 2, 3].map(() => postCallback(hermod, atOnce)))
    const ids = (await inboundOf(key)).map((message) => message['externalId'])
    expect(ids.filter((id) => id === 'wamid.thrice')).toHaveLength(1)
    expect(ids.filter((id) => id === 'wamid.thrice-at-once')).toHaveLength(1)
  })

  test('is kept too when the customer shows no number', async () => {
    const fromUserId = 'US.13491208655302741918'
    const id = hermod.graph.control.inbound({ from: null, fromUserId, text: 'Hi there', profileName: 'Ana' })
    await hermod.graph.control.callbacksSettled()
    const [message] = (await inboundOf(key)).filter((one) => one['externalId'] === id)
    expect(message).toMatchObject({ from: fromUserId, body: 'Hi there', type: 'text', status: 'received' })
  })

  test('is kept whatever its kind, with what can be read of it', async () => {
    const image = hermod.graph.control.inbound({
      message: { type: 'image', image: { id: '1', mime_type: 'image/jpeg', caption: 'Look' } },
    })
    const unheardOf = hermod.graph.control.inbound({ message: { type: 'hologram', hologram: { id: '1' } } })
    await hermod.graph.control.callbacksSettled()
    const messages = await inboundOf(key)
    const find = (id: string) => messages.find((message) => message['externalId'] === id)
    expect(find(image)).toMatchObject({ type: 'image', body: 'Look' })
    expect(find(unheardOf)).toMatchObject({ type: 'hologram', body: null })
  })
})

test('a template’s new status is taken and kept', async () => {
  const before = await archivedCount()
  hermod.graph.control.templateStatus({ event: 'REJECTED', name: 'order_ready', reason: 'INVALID_FORMAT' })
  await hermod.graph.control.callbacksSettled()
  expect(await archivedCount()).toBe(before + 1)
  const archived = await newestArchived()
  expect(archived?.body.toString()).toContain('"message_template_name":"order_ready"')
  await until(newestArchived, (row) => row?.state === 'applied', 'the callback to be applied')
})

describe('receipts', () => {
  beforeEach(() => hermod.graph.control.configureCallbacks({ statuses: ['sent', 'delivered', 'read'] }))

  async function sendQuietly(count: number, as = key): Promise<{ id: string; wamid: string }[]> {
    hermod.graph.control.configureCallbacks({ statuses: [] })
    const answers = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        hermod.call('POST', '/send-message', {
          key: as,
          body: { to: String(14_155_600_000 + index), message: 'Hi' },
        }),
      ),
    )
    const ids: string[] = answers.map((answer) => answer.body.data.id)
    const { ledger } = hermod.graph.control
    await until(
      () => ids.filter((id) => ledger.timesAccepted(id) > 0).length,
      (accepted) => accepted === count,
      'every message at Meta',
    )
    return ids.map((id) => ({ id, wamid: ledger.byCorrelation(id)[0]?.wamid ?? '' }))
  }

  async function statusCounts(ids: string[]): Promise<Record<string, number>> {
    const rows = await sql.query<{ status: string; count: number }>(
      'select status, count(*)::int as count from messages where id = any($1::uuid[]) group by status',
      [ids],
    )
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
  }

  test('come a thousand in one POST, and each is applied', async () => {
    const sent = await sendQuietly(500)
    const items = sent.flatMap(({ id, wamid }) => [
      { wamid, status: 'delivered' as const, correlationId: id },
      { wamid, status: 'read' as const, correlationId: id },
    ])
    expect(items).toHaveLength(1_000)
    const answer = await postCallback(hermod, statusCallback(phoneNumberId, items))
    expect(answer.status).toBe(200)
    const ids = sent.map(({ id }) => id)
    await until(
      () => statusCounts(ids),
      ({ read = 0 }) => read === 500,
      'every message read',
    )
    const one = await hermod.call('GET', `/messages/${ids[250] ?? ''}`, { key })
    expect(one.body.data.timeline.map(({ status }: { status: string }) => status)).toEqual([
      'queued',
      'processing',
      'sent',
      'delivered',
      'read',
    ])
  })

  test('find their message by the wamid alone', async () => {
    const [sent] = await sendQuietly(1)
    const { id = '', wamid = '' } = sent ?? {}
    await hermod.messageUntil(key, id, ({ status }) => status === 'sent')
    await postCallback(hermod, statusCallback(phoneNumberId, [{ wamid, status: 'delivered' }]))
    await hermod.messageUntil(key, id, ({ status }) => status === 'delivered')
  })

  test('that come again change nothing', async () => {
    const [sent] = await sendQuietly(1)
    const { id = '', wamid = '' } = sent ?? {}
    const body = statusCallback(phoneNumberId, [
      { wamid, status: 'read', correlationId: id },
      { wamid, status: 'delivered', correlationId: id },
      { wamid, status: 'sent', correlationId: id },
    ])
    await postCallback(hermod, body)
    const first = await hermod.messageUntil(key, id, ({ status }) => status === 'read')
    await Promise.all([1, 2, 3].map(() => postCallback(hermod, body)))
    const again = await hermod.call('GET', `/messages/${id}`, { key })
    expect(again.body.data).toEqual(first)
  })

  test('among which one is unreadable are applied all the same', async () => {
    const [sent] = await sendQuietly(1)
    const { id = '', wamid = '' } = sent ?? {}
    const good = statusCallback(phoneNumberId, [{ wamid, status: 'read', correlationId: id }])
    const spoilt = good.replace('"statuses":[', '"statuses":[null,{"id":7},{"status":"read"},"x",')
    expect((await postCallback(hermod, spoilt)).status).toBe(200)
    await hermod.messageUntil(key, id, ({ status }) => status === 'read')
  })

  test('of a number that was connected a moment ago are not lost', async () => {
    // A receipt before there is such a number must not make the service believe that nobody has it.
    const fresh = '300000000000003'
    hermod.graph.control.addPhone({ id: fresh, tokens: ['EAAfresh'] })
    const early = await postCallback(
      hermod,
      statusCallback(fresh, [{ wamid: 'wamid.of-somebody-else', status: 'sent' }]),
    )
    expect(early.status).toBe(200)
    const newcomer = await hermod.connect({ phoneNumberId: fresh, accessToken: 'EAAfresh' })
    const answer = await hermod.call('POST', '/send-message', {
      key: newcomer,
      body: { to: '14155552671', message: 'Hi' },
    })
    const message = await hermod.messageUntil(
      newcomer,
      answer.body.data.id,
      ({ status }) => status === 'read',
    )
    expect(message.timeline.map(({ status }) => status)).toEqual([
      'queued',
      'processing',
      'sent',
      'delivered',
      'read',
    ])
  })
})
