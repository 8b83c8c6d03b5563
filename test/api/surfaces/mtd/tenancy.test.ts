import { afterAll, beforeAll, expect, test } from 'vitest'
import { collectRoutes } from '../../../support/routes.ts'
import { startTestService, type TestService } from '../../../support/service.ts'
import { expectRefused, expectShape, mtdClient, newKey, prefix } from './client.ts'

let hermod: TestService
let routes: string[]
beforeAll(async () => {
  const started = await collectRoutes(() => startTestService())
  hermod = started.built
  routes = started.routes.filter((route) => route.includes(prefix))
})
afterAll(() => hermod.stop())

const number = { phone_number: '0821234567', country: 'ZA' }
const text = (session_id: string) => ({ session_id, to: '0731234567', country: 'ZA', message: 'Hi' })

test('names are their account’s, their key’s mode’s and this API’s own', async () => {
  const key = await hermod.register()
  const made = await hermod.call('POST', '/keys', { key, body: { name: 'test', mode: 'test' } })
  const strangersKey = await newKey(hermod, 'test')
  const [live, testing, stranger] = [key, made.body.data.apiKey, strangersKey].map((one) =>
    mtdClient(hermod, one),
  )
  if (live === undefined || testing === undefined || stranger === undefined) throw new Error('no clients')
  expect((await testing.pair({ session_id: 'mine', ...number })).status).toBe(200)
  for (const other of [live, stranger]) {
    expect((await other.status('mine')).body).toMatchObject({ connected: false })
    expectRefused(await other.send(text('mine')), 409, /not connected/)
    expectRefused(await other.connect({ session_id: 'mine' }), 409, /Pair it again/)
  }
  // The same name of somebody else is another sender.
  expect((await stranger.pair({ session_id: 'mine', ...number })).status).toBe(200)
  expect((await stranger.send(text('mine'))).status).toBe(200)
  expect((await hermod.call('GET', '/messages', { key })).body.data).toEqual([])
  // The native API's names of senders are no names here.
  expect((await testing.status('sandbox')).body).toMatchObject({ connected: false })
  expect((await testing.status('mine')).body).toMatchObject({ connected: true })
  const { body } = await hermod.call('GET', '/sessions', { key })
  expect(body.data.map(({ name }: { name: string }) => name)).toContain('mtd test: mine')
})

test('every route but countries refuses who shows no key, a wrong one, or one in another header', async () => {
  const key = await newKey(hermod, 'test')
  const asked = [
    ['POST', '/pair'],
    ['POST', '/send'],
    ['POST', '/connect'],
    ['GET', '/status/s'],
    ['GET', '/status/a/b'],
  ] as const
  expect(routes.filter((route) => !route.startsWith('HEAD'))).toEqual(
    [
      `GET ${prefix}/countries`,
      `GET ${prefix}/status/*`,
      `GET ${prefix}/status/:session_id`,
      ...['connect', 'pair', 'send'].map((act) => `POST ${prefix}/${act}`),
    ].toSorted(),
  )
  for (const [method, path] of asked) {
    for (const headers of [
      {},
      { 'x-api-key': 'mtd_key1234567890ABCD' },
      { authorization: `Bearer ${key}` },
    ]) {
      const answer = expectShape(
        await hermod.call(method, `${prefix}${path}`, {
          headers,
          ...(method === 'POST' && { body: { ...text('s'), ...number } }),
        }),
      )
      expectRefused(answer, 401, /X-API-KEY/)
    }
  }
})

test('a key may do what its scopes say, and a deactivated account nothing', async () => {
  const key = await hermod.register()
  const { body } = await hermod.call('POST', '/keys', {
    key,
    body: { name: 'reader', mode: 'test', scopes: ['read'] },
  })
  const reader = mtdClient(hermod, body.data.apiKey)
  expect((await reader.status('s')).status).toBe(200)
  expectRefused(await reader.send(text('s')), 403, /scope/)
  expectRefused(await reader.pair({ session_id: 's', ...number }), 403, /scope/)
})
