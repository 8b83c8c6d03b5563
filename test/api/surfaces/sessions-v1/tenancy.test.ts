import { afterAll, beforeAll, expect, test } from 'vitest'
import { openSurfaces } from '../../../../src/api/surfaces/index.ts'
import { collectRoutes } from '../../../support/routes.ts'
import { startTestService, type Answer, type TestService } from '../../../support/service.ts'
import { connectSql, type Sql } from '../../../support/sql.ts'

/** Routes that need no key. */
const openRoutes = ['GET /api/v1/docs', 'GET /api/v1/redoc', 'GET /api/v1/openapi.json']

/** Routes about one thing, by its id: what answers its owner, and what answers everybody else is 404. */
const routesOfThings: { route: string; of: keyof typeof things; body?: unknown; owner: number }[] = [
  { route: 'GET /sessions/:id', of: 'session', owner: 200 },
  { route: 'PATCH /sessions/:id', of: 'session', body: { session_key: 'renamed' }, owner: 200 },
  { route: 'GET /sessions/:id/settings', of: 'session', owner: 200 },
  { route: 'PATCH /sessions/:id/settings', of: 'session', body: { linkPreview: false }, owner: 200 },
  // A sandbox holds no connection, which its owner is told and nobody else.
  { route: 'POST /sessions/:id/disconnect', of: 'session', owner: 409 },
  { route: 'POST /sessions/:id/restart', of: 'session', owner: 200 },
  { route: 'POST /sessions/:id/stream-token', of: 'session', owner: 200 },
  { route: 'GET /sessions/:id/stream', of: 'session', owner: 200 },
  { route: 'GET /v1/sessions/:id/stream', of: 'session', owner: 200 },
  { route: 'GET /messages/:id', of: 'message', owner: 200 },
  { route: 'GET /keys/:id', of: 'key', owner: 200 },
  { route: 'GET /keys/:id/usage', of: 'key', owner: 200 },
  { route: 'GET /webhooks/:id', of: 'webhook', owner: 200 },
  { route: 'GET /webhooks/:id/logs', of: 'webhook', owner: 200 },
  { route: 'POST /webhooks/:id/test', of: 'webhook', owner: 200 },
  { route: 'POST /webhooks/:id/rotate-secret', of: 'webhook', owner: 200 },
  { route: 'PATCH /webhooks/:id', of: 'webhook', body: { enabled: false }, owner: 200 },
  { route: 'DELETE /webhooks/:id', of: 'webhook', owner: 204 },
  { route: 'DELETE /keys/:id', of: 'key', owner: 204 },
  { route: 'DELETE /sessions/:id', of: 'session', owner: 204 },
]

/** Routes about the caller's account. */
const routesOfAccount: { route: string; body?: unknown; status: number }[] = [
  { route: 'POST /sessions', body: { session_key: 'shop' }, status: 201 },
  { route: 'GET /sessions', status: 200 },
  { route: 'POST /messages', body: { to: '+237612345678', message: 'Hi' }, status: 202 },
  {
    route: 'POST /messages/media',
    body: { to: '+237612345678', mediaUrl: 'https://example.com/image.jpg', mediaType: 'image' },
    status: 202,
  },
  {
    route: 'POST /messages/audio',
    body: { to: '+237612345678', audioUrl: 'https://example.com/voice.ogg' },
    status: 202,
  },
  { route: 'GET /messages', status: 200 },
  { route: 'POST /keys', body: { name: 'second' }, status: 201 },
  { route: 'GET /keys', status: 200 },
  { route: 'POST /webhooks', body: { url: 'http://127.0.0.1:9/bob' }, status: 201 },
  { route: 'GET /webhooks', status: 200 },
  { route: 'GET /events', status: 200 },
]

const things = { session: '', message: '', key: '', webhook: '' }
let hermod: TestService
let sql: Sql
let routes: string[]
/** Keys of two accounts that reach the sandbox only. */
let alice: string
let bob: string
let aliceId: string

beforeAll(async () => {
  const { built, routes: found } = await collectRoutes(() => startTestService())
  hermod = built
  const others = openSurfaces(hermod.service.ctx).flatMap(({ name, prefix }) =>
    name === 'sessions-v1' ? [] : [` ${prefix}/`],
  )
  routes = found.filter(
    (route) =>
      /^(?!HEAD)\w+ (\/api\/v1\/|\/v1\/sessions)/.test(route) &&
      !others.some((prefix) => route.includes(prefix)),
  )
  sql = await connectSql(hermod.databaseUrl)
  alice = await testKey()
  bob = await testKey()
  aliceId = (await hermod.call('GET', '/auth/me', { key: alice })).body.data.id
  things.session = (await call('POST /sessions', alice, { body: { session_key: 'shop' } })).body.id
  const message = { to: '+237612345678', message: 'Belongs to Alice' }
  things.message = (await call('POST /messages', alice, { body: message })).body.id
  things.key = (await call('POST /keys', alice, { body: { name: 'spare' } })).body.id
  const hook = { url: `${hermod.receiver.url}/alice` }
  things.webhook = (await call('POST /webhooks', alice, { body: hook })).body.id
})
afterAll(async () => {
  await sql.end()
  await hermod.stop()
})

async function testKey(): Promise<string> {
  const body = { name: 'play', mode: 'test' }
  return (await hermod.call('POST', '/keys', { key: await hermod.register(), body })).body.data.apiKey
}

function call(
  route: string,
  key: string | null,
  { id = '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59', body }: { id?: string; body?: unknown } = {},
): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ')
  const whole = /^\/(api\/)?v1\//.test(path) ? path : `/api/v1${path}`
  return hermod.call(method, whole.replace(':id', id), {
    ...(key !== null && { key }),
    ...(body !== undefined && { body }),
  })
}

test('every route of this API is in one of the lists above', () => {
  const covered = [...routesOfThings, ...routesOfAccount].map(({ route }) =>
    route.includes(' /v1/') ? route : route.replace(' ', ' /api/v1'),
  )
  const spellings = ['GET /api/v1/v1/sessions/:id/stream']
  expect(routes).toEqual([...openRoutes, ...covered, ...spellings].toSorted())
})

test('every route that is not open refuses who shows no key, in its shape', async () => {
  for (const { route } of [...routesOfThings, ...routesOfAccount]) {
    const answer = await call(route, null)
    expect({ route, status: answer.status, body: answer.body }).toEqual({
      route,
      status: 401,
      body: { detail: expect.any(String) },
    })
  }
})

async function rowsOfAlice(): Promise<string[]> {
  const tables = await sql.query<{ name: string }>(
    `select table_name as name from information_schema.columns
      where table_schema = 'public' and column_name = 'account_id'
        and table_name not like 'counter%' and table_name <> 'api_keys'`,
  )
  const statement = tables.map(
    ({ name }) => `select '${name}' || t::text as row from "${name}" t where account_id = $1`,
  )
  const rows = await sql.query<{ row: string }>(`${statement.join(' union all ')} order by 1`, [aliceId])
  return rows.map(({ row }) => row)
}

test('another account’s thing is not found, as if nobody had it, and stays as it is', async () => {
  await hermod.messageUntil(alice, things.message, ({ status }) => status === 'read')
  const before = await rowsOfAlice()
  expect(before.length).toBeGreaterThan(4)
  for (const { route, of, body } of routesOfThings) {
    const answer = await call(route, bob, { id: things[of], body })
    expect({ route, status: answer.status }).toEqual({ route, status: 404 })
    expect(answer.body).toEqual((await call(route, bob, { body })).body)
  }
  expect(await rowsOfAlice()).toEqual(before)
})

test('what an account does about itself tells nothing of another', async () => {
  const marks = [aliceId, ...Object.values(things), 'Belongs to Alice']
  const before = await rowsOfAlice()
  for (const { route, body, status } of routesOfAccount) {
    const answer = await call(route, bob, { body })
    expect({ route, status: answer.status }).toEqual({ route, status })
    expect(marks.filter((mark) => JSON.stringify(answer.body).includes(mark))).toEqual([])
  }
  for (const body of [
    { to: '+237612345678', message: 'Hi', sessionId: things.session },
    { url: `${hermod.receiver.url}/bob`, sessionId: things.session },
  ]) {
    const route = 'url' in body ? 'POST /webhooks' : 'POST /messages'
    expect((await call(route, bob, { body })).status).toBe(404)
  }
  expect((await call(`GET /messages?sessionId=${things.session}`, bob)).status).toBe(404)
  expect(await rowsOfAlice()).toEqual(before)
})

test('its owner is answered', async () => {
  for (const { route, of, body, owner } of routesOfThings) {
    const answer = await call(route, alice, { id: things[of], body })
    expect({ route, status: answer.status }).toEqual({ route, status: owner })
  }
})
