import { afterAll, beforeAll, expect, test } from 'vitest'
import { nativeResources } from '../../../../src/api/native/resources/index.ts'
import { keyScopes, type KeyScope } from '../../../../src/domain/accounts/account.ts'
import { startTestService, type TestService } from '../../../support/service.ts'

let hermod: TestService
let other: TestService
beforeAll(async () => {
  hermod = await startTestService()
  // A second process's worth of service on the same database.
  other = await startTestService({ env: { DATABASE_URL: hermod.databaseUrl } })
})
afterAll(async () => {
  await other.stop()
  await hermod.stop()
})

const send = { to: '14155552671', message: 'Hi', session: 'sandbox' }

test('a new key is shown once and never again', async () => {
  const key = await hermod.register()
  const made = await hermod.call('POST', '/keys', { key, body: { name: 'Orders', scopes: ['send'] } })
  expect(made.status).toBe(201)
  expect(made.body.data.apiKey).toMatch(/^sk_live_[0-9a-f]{48}$/)
  const list = await hermod.call('GET', '/keys', { key })
  expect(list.body.data.map(({ name }: { name: string }) => name)).toEqual(['default', 'Orders'])
  expect(JSON.stringify(list.body)).not.toContain(made.body.data.apiKey)
})

test('a key does what its scopes say and nothing else', async () => {
  const key = await hermod.register()
  const make = async (scope: string): Promise<string> =>
    (await hermod.call('POST', '/keys', { key, body: { name: scope, scopes: [scope] } })).body.data.apiKey
  const requests = {
    send: ['POST', '/send-message', send],
    read: ['GET', '/messages', undefined],
    manage: ['GET', '/keys', undefined],
  } as const
  for (const scope of ['send', 'read', 'manage'] as const) {
    const scoped = await make(scope)
    for (const wanted of ['send', 'read', 'manage'] as const) {
      const [method, route, body] = requests[wanted]
      const answer = await hermod.call(method, route, { key: scoped, body })
      expect([scope, wanted, answer.status < 300]).toEqual([scope, wanted, scope === wanted])
      if (scope !== wanted) expect(answer).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    }
  }
})

test('every endpoint of the API refuses a key without its scope, and a request without a key', async () => {
  const key = await hermod.register()
  const keys = new Map<KeyScope, string>()
  for (const scope of keyScopes) {
    const made = await hermod.call('POST', '/keys', { key, body: { name: scope, scopes: [scope] } })
    keys.set(scope, made.body.data.apiKey)
  }
  const endpoints = nativeResources(hermod.service.ctx).flatMap((resource) => resource.endpoints)
  const closed = endpoints.filter(({ scope }) => scope !== 'open')
  expect(closed.length).toBeGreaterThan(40)
  const wrong: string[] = []
  for (const { method, path, scope } of closed) {
    const route = path.replaceAll(/:\w+/g, '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59')
    for (const [other, secret] of keys) {
      if (other === scope) continue
      const { status } = await hermod.call(String(method), route, { key: secret })
      if (status !== 403) wrong.push(`${method} ${path} with ${other}: ${status}`)
    }
    const { status } = await hermod.call(String(method), route)
    if (status !== 401) wrong.push(`${method} ${path} without a key: ${status}`)
  }
  expect(wrong).toEqual([])
})

test('a rotated key is refused at once in every process, and its successor has the same powers', async () => {
  const key = await hermod.register()
  const scoped = await hermod.call('POST', '/keys', {
    key,
    body: { name: 'Mine', scopes: ['read', 'manage'] },
  })
  const old: string = scoped.body.data.apiKey
  expect((await other.call('GET', '/messages', { key: old })).status).toBe(200)
  const rotated = await hermod.call('POST', '/auth/me/rotate-key', { key: old })
  expect(rotated.body.data.apiKey).toMatch(/^sk_live_[0-9a-f]{48}$/)
  expect((await other.call('GET', '/messages', { key: old })).status).toBe(401)
  expect((await hermod.call('GET', '/messages', { key: old })).status).toBe(401)
  const fresh: string = rotated.body.data.apiKey
  expect((await other.call('GET', '/messages', { key: fresh })).status).toBe(200)
  expect((await other.call('POST', '/send-message', { key: fresh, body: send })).status).toBe(403)
})

test('of many rotations at once one wins, and the account keeps one key in its place', async () => {
  const key = await hermod.register()
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      (index % 2 === 0 ? hermod : other).call('POST', '/auth/me/rotate-key', { key }),
    ),
  )
  const won = answers.filter(({ status }) => status === 200)
  expect(won).toHaveLength(1)
  expect(new Set(answers.filter(({ status }) => status !== 200).map(({ status }) => status))).toEqual(
    new Set([401]),
  )
  const list = await hermod.call('GET', '/keys', { key: won[0]?.body.data.apiKey })
  expect(list.body.data).toHaveLength(1)
})

test('a revoked key is refused at once in every process', async () => {
  const key = await hermod.register()
  const made = await hermod.call('POST', '/keys', { key, body: { name: 'Old' } })
  const { id, apiKey } = made.body.data
  expect((await other.call('GET', '/messages', { key: apiKey })).status).toBe(200)
  expect((await hermod.call('DELETE', `/keys/${id}`, { key })).status).toBe(200)
  expect((await other.call('GET', '/messages', { key: apiKey })).status).toBe(401)
  expect((await hermod.call('DELETE', `/keys/${id}`, { key })).status).toBe(404)
})

test('a key with an allow-list is refused from elsewhere', async () => {
  const key = await hermod.register()
  const make = async (allowedCidrs: string[]): Promise<string> =>
    (await hermod.call('POST', '/keys', { key, body: { name: 'Bound', allowedCidrs } })).body.data.apiKey
  const near = await make(['127.0.0.0/8'])
  const far = await make(['203.0.113.0/24', '2001:db8::/32'])
  expect((await hermod.call('GET', '/messages', { key: near })).status).toBe(200)
  expect(await hermod.call('GET', '/messages', { key: far })).toMatchObject({ status: 403 })
})

test('a test key makes test keys, and no live one', async () => {
  const live = await hermod.register()
  const make = (key: string, fields: object) =>
    hermod.call('POST', '/keys', { key, body: { name: 'Another', ...fields } })
  expect((await make(live, {})).body.data.mode).toBe('live')
  const play = (await make(live, { mode: 'test' })).body.data.apiKey
  expect((await make(play, {})).body.data.mode).toBe('test')
  expect((await make(play, { mode: 'test' })).status).toBe(201)
  expect(await make(play, { mode: 'live' })).toMatchObject({ status: 403, body: { code: 'forbidden' } })
  const { body } = await hermod.call('GET', '/keys', { key: live })
  expect(body.data.filter(({ mode }: { mode: string }) => mode === 'live')).toHaveLength(2)
})

test('a test key never reaches the live provider', async () => {
  const live = await hermod.connect()
  const made = await hermod.call('POST', '/keys', { key: live, body: { name: 'Test', mode: 'test' } })
  const key: string = made.body.data.apiKey
  expect(key).toMatch(/^sk_test_/)
  const before = hermod.graph.control.ledger.stats.accepted
  const sent = await hermod.call('POST', '/send-message', { key, body: { to: '14155552671', message: 'Hi' } })
  await hermod.messageUntil(key, sent.body.data.id, ({ status }) => status === 'sent')
  expect(hermod.graph.control.ledger.stats.accepted).toBe(before)
})
