import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApiKey } from '../../../src/services/accounts/api-keys.ts'
import { customerCallback, inboundCallback, postCallback, statusCallback } from '../../support/callbacks.ts'
import { expectInvalid, expectRefusal } from '../../support/refusal.ts'
import { collectRoutes } from '../../support/routes.ts'
import { routesOfSurfaces } from '../../support/surfaces.ts'
import {
  startTestService,
  until,
  type Answer,
  type CallOptions,
  type TestService,
} from '../../support/service.ts'
import { connectSql, type Sql } from '../../support/sql.ts'

const to = '14155552671'
const phoneNumberId = '106540352242922'
const credentials = {
  whatsappAccessToken: 'EAAtesttoken',
  whatsappPhoneNumberId: phoneNumberId,
  whatsappBusinessAccountId: '102290129340398',
}
const body = { to, message: 'Belongs to Alice' }
const send = { to, message: 'Belongs to Bob' }
const code = { to, session: 'sandbox', challenge: 'of Bob' }
const earlier = () => new Date(Date.now() - 3_600_000).toISOString()
const spareSession = { provider: 'sandbox', name: 'alices-spare' }
const later = () => new Date(Date.now() + 3_600_000).toISOString()

/** Routes that need no key. Whoever adds one here says that everybody may call it. */
const openRoutes = [
  'POST /auth/register',
  // Proven by Stripe’s signature.
  'POST /billing/webhook',
  'GET /healthz',
  'GET /readyz',
  'GET /openapi.json',
  'GET /developers',
  // A page, which takes its key from a form.
  'GET /billing/buy',
  'POST /billing/buy',
  'GET /llms.txt',
  // With a token of its own, or not at all.
  'GET /metrics',
  'GET /webhooks/whatsapp',
  'POST /webhooks/whatsapp',
  'GET /webhooks/whatsapp/:sessionId',
  'POST /webhooks/whatsapp/:sessionId',
]
/** What the OpenAPI document does not tell of: itself, and what is not for programs of those who use the API. */
const unlistedRoutes = [
  'GET /openapi.json',
  'GET /developers',
  'GET /billing/buy',
  'POST /billing/buy',
  'GET /llms.txt',
  'GET /metrics',
]
/** The pages and files of the explorer. */
const openFolders = ['/docs']

/** Routes about one thing, by its id: what answers its owner, and what answers everybody else. */
const routesOfThings: {
  route: string
  of:
    | 'message'
    | 'failedMessage'
    | 'scheduledMessage'
    | 'mediaMessage'
    | 'batch'
    | 'key'
    | 'endpoint'
    | 'delivery'
    | 'recovery'
    | 'session'
    | 'spareSession'
    | 'otp'
  body?: unknown
  owner: number
}[] = [
  { route: 'GET /messages/:id', of: 'message', owner: 200 },
  { route: 'POST /messages/:id/retry', of: 'failedMessage', owner: 202 },
  { route: 'DELETE /messages/:id', of: 'scheduledMessage', owner: 200 },
  { route: 'GET /messages/:id/media', of: 'mediaMessage', owner: 200 },
  { route: 'POST /messages/:id/read', of: 'mediaMessage', owner: 200 },
  { route: 'GET /batches/:id', of: 'batch', owner: 200 },
  { route: 'DELETE /keys/:id', of: 'key', owner: 200 },
  { route: 'GET /webhook-endpoints/:id', of: 'endpoint', owner: 200 },
  { route: 'GET /webhook-endpoints/:id/deliveries', of: 'endpoint', owner: 200 },
  { route: 'POST /webhook-endpoints/:id/test', of: 'endpoint', body: {}, owner: 202 },
  { route: 'POST /webhook-endpoints/:id/recover', of: 'endpoint', body: { since: earlier() }, owner: 202 },
  { route: 'GET /webhook-recoveries/:id', of: 'recovery', owner: 200 },
  { route: 'GET /webhook-deliveries/:id', of: 'delivery', owner: 200 },
  { route: 'POST /webhook-deliveries/:id/resend', of: 'delivery', owner: 202 },
  { route: 'PATCH /webhook-endpoints/:id', of: 'endpoint', body: { enabled: false }, owner: 200 },
  { route: 'POST /webhook-endpoints/:id/rotate-secret', of: 'endpoint', owner: 200 },
  { route: 'DELETE /webhook-endpoints/:id', of: 'endpoint', owner: 200 },
  { route: 'GET /sessions/:id', of: 'session', owner: 200 },
  { route: 'PATCH /sessions/:id', body: { onUnknown: 'fail' }, of: 'session', owner: 200 },
  { route: 'POST /sessions/:id/verify', of: 'session', owner: 200 },
  {
    route: 'POST /sessions/:id/inbound',
    of: 'spareSession',
    body: { from: '14155552671', message: 'Hi' },
    owner: 201,
  },
  // The session is no linked device, which its owner is told and nobody else.
  { route: 'POST /sessions/:id/pair', body: { method: 'qr' }, of: 'session', owner: 400 },
  { route: 'GET /sessions/:id/qr', of: 'session', owner: 400 },
  { route: 'GET /sessions/:id/stream', of: 'session', owner: 400 },
  { route: 'POST /sessions/:id/stream-token', of: 'session', owner: 400 },
  { route: 'POST /sessions/:id/connect', of: 'session', owner: 400 },
  { route: 'POST /sessions/:id/disconnect', of: 'session', owner: 400 },
  { route: 'POST /sessions/:id/logout', of: 'session', owner: 400 },
  { route: 'DELETE /sessions/:id', of: 'spareSession', owner: 200 },
  { route: 'GET /otp/:id', of: 'otp', owner: 200 },
  // It was sent a moment ago.
  { route: 'POST /otp/:id/resend', of: 'otp', owner: 429 },
  { route: 'POST /otp/:id/report', of: 'otp', body: { converted: true }, owner: 200 },
  { route: 'DELETE /otp/:id', of: 'otp', owner: 200 },
]

const newTemplate = {
  name: 'parcel_here',
  category: 'utility',
  components: [{ type: 'BODY', text: 'Your parcel is here.' }],
}

/** Routes about the caller's account, in an order in which each succeeds. */
const routesOfAccount: {
  route: string
  id?: string
  body?: unknown
  /** A file of this type, in the place of a body. */
  file?: string
  status: number
}[] = [
  { route: 'GET /auth/me', status: 200 },
  {
    route: 'PUT /auth/me/credentials',
    body: credentials,
    status: 200,
  },
  { route: 'POST /auth/me/credentials/verify', status: 200 },
  { route: 'PUT /auth/me/webhook', body: { url: 'http://127.0.0.1:9/bob' }, status: 200 },
  { route: 'POST /webhook-endpoints', body: { url: 'http://127.0.0.1:9/bob-too' }, status: 201 },
  { route: 'GET /webhook-endpoints', status: 200 },
  { route: 'GET /webhook-events', status: 200 },
  { route: 'POST /send-message', body: send, status: 202 },
  { route: 'POST /messages/bulk', body: { messages: [send, send] }, status: 202 },
  { route: 'GET /messages', status: 200 },
  { route: 'GET /analytics/summary', status: 200 },
  { route: 'GET /analytics/timeseries', status: 200 },
  { route: 'GET /templates', status: 200 },
  { route: 'GET /templates/:name', id: 'order_ready', status: 200 },
  { route: 'POST /templates/preview', body: newTemplate, status: 200 },
  { route: 'POST /templates', body: newTemplate, status: 201 },
  { route: 'PATCH /templates/:name', id: 'order_ready', body: { category: 'marketing' }, status: 200 },
  { route: 'DELETE /templates/:name', id: newTemplate.name, status: 200 },
  { route: 'POST /templates/media', file: 'image/jpeg', status: 201 },
  { route: 'POST /media', file: 'image/jpeg', status: 201 },
  { route: 'GET /contacts', status: 200 },
  { route: 'GET /contacts/:address/window', id: '16505551234', status: 200 },
  { route: 'DELETE /auth/me/webhook', status: 200 },
  { route: 'DELETE /auth/me/credentials', status: 200 },
  { route: 'POST /sessions', body: spareSession, status: 201 },
  { route: 'GET /sessions', status: 200 },
  { route: 'POST /keys', body: { name: 'second' }, status: 201 },
  { route: 'GET /keys', status: 200 },
  { route: 'PUT /otp/services/:name', id: 'login', body: { brand: 'Bob' }, status: 200 },
  { route: 'GET /otp/services/:name', id: 'login', status: 200 },
  { route: 'GET /otp/services', status: 200 },
  {
    route: 'POST /otp/services/:name/template',
    id: 'login',
    body: { session: 'sandbox', languages: ['en_US'] },
    status: 201,
  },
  { route: 'DELETE /otp/services/:name', id: 'login', status: 200 },
  { route: 'POST /otp', body: code, status: 201 },
  // The code that was sent to the same number is another account's.
  { route: 'POST /otp/verify', body: { to, code: '000000', challenge: 'of Alice' }, status: 404 },
  { route: 'GET /otp', status: 200 },
  { route: 'GET /otp/decisions', status: 200 },
  { route: 'GET /otp/analytics', status: 200 },
  { route: 'GET /billing/credits', status: 200 },
  // Billing is not set up here; test/api/billing.test.ts has it.
  { route: 'POST /billing/checkout', body: { plan: 'pro' }, status: 501 },
  { route: 'POST /billing/credits/checkout', body: { credits: 500 }, status: 501 },
  { route: 'GET /billing/portal', status: 501 },
  // The last one: the key that calls ends with it.
  { route: 'POST /auth/me/rotate-key', status: 200 },
]

let hermod: TestService
let sql: Sql
/** Those of the native API; each surface has a test of its own, in test/api/surfaces. */
let routes: string[]
let isOfSurface: (route: string) => boolean
let alice: string
let aliceId: string
let bob: string
let things: Record<(typeof routesOfThings)[number]['of'], string>
/** Texts that only Alice may ever be told. */
let marks: string[]

beforeAll(async () => {
  const { built, routes: found } = await collectRoutes(() =>
    // Each surface has a test of its own.
    startTestService({ env: { SURFACES: 'none' } }),
  )
  hermod = built
  isOfSurface = routesOfSurfaces(hermod)
  routes = found.filter((route) => !isOfSurface(route))
  sql = await connectSql(hermod.databaseUrl)
  await makeAlice()
  bob = await hermod.connect()
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

/** An account with one of everything. */
async function makeAlice(): Promise<void> {
  alice = await hermod.connect({ webhook: true })
  hermod.graph.control.setTemplates([{ id: '77', name: 'order_ready', language: 'en_US' }])
  await call('PUT /auth/me/credentials', { key: alice, body: credentials })
  await hermod.call('POST', '/auth/me/credentials/verify', { key: alice })
  expect((await call('GET /templates', { key: alice })).status).toBe(200)
  aliceId = (await hermod.call('GET', '/auth/me', { key: alice })).body.data.id
  hermod.graph.control.rules.add({ when: { to: '14155550404' }, outcome: { kind: 'error', code: 131_026 } })
  const endpoint = await addEndpoint(alice, `${hermod.receiver.url}/alice-too`)
  const { data: otp } = (await call('POST /otp', { key: alice, body: { ...code, challenge: 'of Alice' } }))
    .body
  things = {
    message: await sendAs(alice, body, { 'idempotency-key': 'shared-key' }),
    failedMessage: await sendAs(alice, { ...body, to: '14155550404' }),
    scheduledMessage: await sendAs(alice, { ...body, sendAt: later() }),
    mediaMessage: await receiveFile(),
    batch: (await call('POST /messages/bulk', { key: alice, body: { messages: [body] } })).body.data.batchId,
    key: (await call('POST /keys', { key: alice, body: { name: 'spare' } })).body.data.id,
    endpoint,
    delivery: (await call('POST /webhook-endpoints/:id/test', { key: alice, id: endpoint, body: {} })).body
      .data.deliveryId,
    recovery: await recover(endpoint),
    session: (await call('GET /sessions', { key: alice })).body.data[0].id,
    spareSession: (await call('POST /sessions', { key: alice, body: spareSession })).body.data.id,
    otp: otp.id,
  }
  await hermod.messageUntil(alice, things.message, ({ status }) => status === 'read')
  await hermod.messageUntil(alice, otp.messageId, ({ status }) => status === 'read')
  await hermod.messageUntil(alice, things.failedMessage, ({ status }) => status === 'failed')
  await postCallback(hermod, inboundCallback(phoneNumberId, 'wamid.to-alice', 'Said to Alice'))
  await settled()
  marks = [
    aliceId,
    ...Object.values(things),
    body.message,
    'Said to Alice',
    'Shown to Alice',
    'A picture',
    `${hermod.receiver.url}/hook`,
  ]
}

/** A customer's picture; resolves with its message's id. */
async function receiveFile(): Promise<string> {
  const id = hermod.graph.control.addMedia({ bytes: Buffer.from('A picture'), mimeType: 'image/jpeg' })
  const picture = { type: 'image', image: { id, mime_type: 'image/jpeg', caption: 'Shown to Alice' } }
  await postCallback(hermod, customerCallback(phoneNumberId, { id: 'wamid.picture', ...picture }))
  return (await hermod.call('GET', '/messages?direction=inbound', { key: alice })).body.data[0].id
}

async function addEndpoint(key: string, url: string): Promise<string> {
  return (await call('POST /webhook-endpoints', { key, body: { url } })).body.data.id
}

async function recover(endpoint: string): Promise<string> {
  const body = { since: earlier() }
  const { data } = (await call('POST /webhook-endpoints/:id/recover', { key: alice, id: endpoint, body }))
    .body
  await until(
    async () => (await call('GET /webhook-recoveries/:id', { key: alice, id: data.id })).body.data,
    ({ state }) => state === 'done',
  )
  return data.id
}

async function sendAs(key: string, message: unknown, headers: Record<string, string> = {}): Promise<string> {
  const answer = await call('POST /send-message', { key, body: message, headers })
  expect(answer.status).toBe(202)
  return answer.body.data.id
}

function call(route: string, options: CallOptions & { id?: string } = {}): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ')
  const { id = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59', ...rest } = options
  return hermod.call(method, path.replace(/:\w+/, id), rest)
}

/** Every row that is Alice's, as text. Counters and uses of keys are left out: they are written in the background. */
async function rowsOfAlice(): Promise<string[]> {
  const tables = await sql.query<{ name: string }>(
    `select table_name as name from information_schema.columns
      where table_schema = 'public' and column_name = 'account_id' and table_name not like 'counter%'`,
  )
  const owned = tables.map(
    ({ name }) =>
      `select '${name}' || (to_jsonb(t) - 'request_count' - 'last_used_at')::text as row
         from "${name}" t where account_id = $1`,
  )
  const statement = [
    ...owned,
    `select 'account' || t::text from accounts t where id = $1`,
    `select 'event' || t::text from message_events t join messages m on m.id = t.message_id where m.account_id = $1`,
    `select 'attempt' || t::text from provider_attempts t join messages m on m.id = t.message_id
      where m.account_id = $1`,
  ].join(' union all ')
  const rows = await sql.query<{ row: string }>(`${statement} order by 1`, [aliceId])
  return rows.map(({ row }) => row)
}

/** Resolves when nothing of Alice's is under way, other than what waits for its time. */
async function settled(): Promise<void> {
  await hermod.graph.control.callbacksSettled()
  await until(
    async () =>
      sql.query(
        `select status from messages where account_id = $1 and status in ('queued', 'processing', 'retrying', 'sent')
         union all
         select status from webhook_deliveries where account_id = $1 and status in ('pending', 'delivering')
         union all
         select status from otp_verifications where account_id = $1 and wake_at < now() + interval '5 seconds'`,
        [aliceId],
      ),
    (open) => open.length === 0,
    'everything of Alice’s to settle',
  )
}

/** Runs what somebody else does, and proves that nothing of Alice's changed. */
async function leavesAliceAlone(act: () => Promise<void>): Promise<void> {
  await settled()
  const before = await rowsOfAlice()
  expect(before.length).toBeGreaterThan(15)
  await act()
  await settled()
  expect(await rowsOfAlice()).toEqual(before)
}

function expectNothingOfAlice(answer: Answer): void {
  const told = JSON.stringify(answer.body)
  expect(marks.filter((mark) => told.includes(mark))).toEqual([])
}

/** HEAD answers what GET does. */
const withoutHead = (found: string[]) => found.filter((route) => !route.startsWith('HEAD '))
const isInOpenFolder = (route: string) =>
  openFolders.some((folder) => `${route.split(' ')[1] ?? ''}/`.startsWith(`${folder}/`))

test('every route of the server is in one of the lists above, and every route of the lists in the server', () => {
  const covered = [
    ...openRoutes,
    ...routesOfThings.map(({ route }) => route),
    ...routesOfAccount.map(({ route }) => route),
  ]
  expect(withoutHead(routes).filter((route) => !isInOpenFolder(route))).toEqual(covered.toSorted())
})

test('every surface has such a test of its own', async () => {
  const surfaces = await readdir(new URL('../../../src/api/surfaces/', import.meta.url), {
    withFileTypes: true,
  })
  for (const { name } of surfaces.filter((entry) => entry.isDirectory())) {
    const tests = await readdir(new URL(`../surfaces/${name}/`, import.meta.url))
    expect(tests).toContain('tenancy.test.ts')
  }
})

test('the OpenAPI document and the server have the same routes', async () => {
  const { body: document } = await hermod.call('GET', '/openapi.json')
  const documented = Object.entries<object>(document.paths)
    .flatMap(([path, operations]) =>
      Object.keys(operations).map(
        (method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      ),
    )
    .filter((route) => !isOfSurface(route))
  const served = withoutHead(routes).filter(
    (route) => !isInOpenFolder(route) && !unlistedRoutes.includes(route),
  )
  expect(documented.toSorted()).toEqual(served)
})

test('every route that is not open refuses who shows no key, a wrong one, or a revoked one', async () => {
  const { secret, key } = await createApiKey(hermod.service.ctx, {
    accountId: aliceId,
    name: 'old',
    mode: 'live',
  })
  await sql.query('update api_keys set revoked_at = now() where id = $1', [key.id])
  const closed = routes.filter(
    (route) => !isInOpenFolder(route) && !openRoutes.includes(route.replace('HEAD', 'GET')),
  )
  expect(closed.length).toBeGreaterThan(12)
  for (const route of closed) {
    for (const options of [{}, { key: `sk_live_${'0'.repeat(48)}` }, { key: secret }]) {
      const answer = await call(route, options)
      expect({ route, status: answer.status }).toEqual({ route, status: 401 })
      if (!route.startsWith('HEAD')) expectRefusal(answer, { status: 401, code: 'invalid_api_key' })
    }
  }
})

describe('another account’s thing is not found, and stays as it is:', () => {
  test.each(routesOfThings)('$route', async ({ route, of, body: asked }) => {
    const sent = asked === undefined ? {} : { body: asked }
    await leavesAliceAlone(async () => {
      const answer = await call(route, { key: bob, id: things[of], ...sent })
      const missing = await call(route, { key: bob, ...sent })
      expect(answer.status).toBe(404)
      // Nothing tells "somebody else's" from "nobody's".
      expect({ ...answer.body, requestId: '' }).toEqual({ ...missing.body, requestId: '' })
      expectNothingOfAlice(answer)
    })
  })
})

test('what an account does about itself tells and changes nothing of another', async () => {
  const newcomer = await hermod.register()
  await leavesAliceAlone(async () => {
    for (const { route, id, body: asked, file, status } of routesOfAccount) {
      const answer = await call(route, {
        key: newcomer,
        ...(id !== undefined && { id }),
        ...(asked !== undefined && { body: asked }),
        ...(file !== undefined && { raw: 'Bytes of Bob', headers: { 'content-type': file } }),
      })
      expect({ route, status: answer.status }).toEqual({ route, status })
      expectNothingOfAlice(answer)
    }
  })
})

describe('the ids of another account', () => {
  test('select nothing in a list', async () => {
    for (const query of [`batchId=${things.batch}`, `cursor=${things.message}`, 'direction=inbound']) {
      const answer = await hermod.call('GET', `/messages?${query}`, { key: bob })
      expect(answer).toMatchObject({ status: 200, body: { data: [], pagination: { total: 0 } } })
    }
  })

  test('are no sender to send through', async () => {
    const sessions = await sql.query<{ id: string }>('select id from sessions where account_id = $1', [
      aliceId,
    ])
    expect(sessions.length).toBe(3)
    await leavesAliceAlone(async () => {
      for (const { id } of sessions) {
        const answer = await call('POST /send-message', { key: bob, body: { ...send, session: id } })
        expectRefusal(answer, { status: 404, code: 'session_not_found' })
      }
    })
  })

  test('are no sender to hear of', async () => {
    const [session] = await sql.query<{ id: string }>('select id from sessions where account_id = $1', [
      aliceId,
    ])
    const asked = { url: 'http://127.0.0.1:9/bob', sessions: [session?.id] }
    expectInvalid(await call('POST /webhook-endpoints', { key: bob, body: asked }), 'body.sessions.0')
  })

  test('are no message to answer or to react to', async () => {
    const answer = await call('POST /send-message', { key: bob, body: { ...send, replyTo: things.message } })
    expectInvalid(answer, 'body.replyTo')
    const reaction = { messageId: things.message, emoji: '👍' }
    expectInvalid(
      await call('POST /send-message', { key: bob, body: { to, reaction } }),
      'body.reaction.messageId',
    )
  })

  test('are no key to replay an answer with', async () => {
    const headers = { 'idempotency-key': 'shared-key' }
    const answer = await call('POST /send-message', { key: bob, body, headers })
    expect(answer.status).toBe(202)
    expect(answer.headers.has('idempotency-replayed')).toBe(false)
    expectNothingOfAlice(answer)
  })
})

describe('an account with a Meta app of its own, whose callbacks it can sign as it likes,', () => {
  const appSecret = 'secret-of-mallorys-app'
  const connectMallory = async (number: string): Promise<{ key: string; sessionId: string }> => {
    const key = await hermod.register()
    const saved = await hermod.call('PUT', '/auth/me/credentials', {
      key,
      body: {
        whatsappAccessToken: 'EAAmallory',
        whatsappPhoneNumberId: number,
        whatsappAppSecret: appSecret,
      },
    })
    return { key, sessionId: saved.body.data.sessionId }
  }
  const inboundOf = async (key: string) =>
    (await hermod.call('GET', '/messages?direction=inbound', { key })).body.data

  test.each([
    ['its own number', '700000000000007'],
    ['a number that it says is its own', phoneNumberId],
  ])('cannot touch another’s messages, through %s', async (_what, number) => {
    const mallory = await connectMallory(number)
    const { externalId } = (await hermod.call('GET', `/messages/${things.message}`, { key: alice })).body.data
    const scheduled = things.scheduledMessage
    await leavesAliceAlone(async () => {
      for (const named of [number, phoneNumberId]) {
        for (const status of ['read', 'failed'] as const) {
          const answer = await postCallback(
            hermod,
            statusCallback(named, [
              { wamid: externalId, status },
              { wamid: externalId, status, correlationId: things.message },
              { wamid: 'wamid.forged', status, correlationId: scheduled },
              { wamid: 'wamid.forged-too', status, correlationId: things.failedMessage },
            ]),
            { appSecret, sessionId: mallory.sessionId },
          )
          expect(answer.status).toBe(200)
        }
      }
    })
  })

  test('cannot put words into the mouths of another’s customers', async () => {
    const mallory = await connectMallory('700000000000007')
    await leavesAliceAlone(async () => {
      const forged = inboundCallback(phoneNumberId, 'wamid.forged-inbound', 'Pay Mallory')
      const answer = await postCallback(hermod, forged, { appSecret, sessionId: mallory.sessionId })
      expect(answer.status).toBe(200)
    })
    expect(await inboundOf(mallory.key)).toEqual([])
  })

  test('gets its own customers’ words', async () => {
    const mallory = await connectMallory('700000000000007')
    const own = inboundCallback('700000000000007', 'wamid.own-inbound')
    await postCallback(hermod, own, { appSecret, sessionId: mallory.sessionId })
    expect(await inboundOf(mallory.key)).toMatchObject([{ externalId: 'wamid.own-inbound' }])
  })

  test('does not hear another’s customers by claiming the number', async () => {
    const claims = [
      await connectMallory(phoneNumberId),
      { key: await hermod.connect({ accessToken: 'EAAguess' }) },
    ]
    await postCallback(hermod, inboundCallback(phoneNumberId, 'wamid.secret-inbound', 'For Alice alone'))
    expect(await inboundOf(alice)).toContainEqual(
      expect.objectContaining({ externalId: 'wamid.secret-inbound' }),
    )
    for (const { key } of claims) expect(await inboundOf(key)).toEqual([])
  })
})

test('a customer’s words go to whoever proved the number, and to nobody before', async () => {
  const number = '800000000000008'
  hermod.graph.control.addPhone({ id: number, tokens: ['EAAcarol'] })
  const [carol, dave] = [
    await hermod.connect({ phoneNumberId: number, accessToken: 'EAAcarol' }),
    await hermod.connect({ phoneNumberId: number, accessToken: 'EAAwrong' }),
  ]
  expect((await call('POST /auth/me/credentials/verify', { key: carol })).status).toBe(200)
  expect((await call('POST /auth/me/credentials/verify', { key: dave })).status).toBe(422)
  await postCallback(hermod, inboundCallback(number, 'wamid.to-carol'))
  const inboundOf = async (key: string) =>
    (await hermod.call('GET', '/messages?direction=inbound', { key })).body.data
  expect(await inboundOf(carol)).toHaveLength(1)
  expect(await inboundOf(dave)).toEqual([])
})

describe('the owner', () => {
  // Last, because it uses things up. It proves that the refusals above were about whose things they are.
  test.each(routesOfThings)('may $route', async ({ route, of, body: asked, owner }) => {
    const sent = asked === undefined ? {} : { body: asked }
    expect((await call(route, { key: alice, id: things[of], ...sent })).status).toBe(owner)
  })
})
