import { afterAll, beforeAll, expect, test } from 'vitest'
import { collectRoutes } from '../../../support/routes.ts'
import { startTestService, type TestService } from '../../../support/service.ts'
import { expectRefused, hubClient, prefix, type HubClient } from './client.ts'

let hermod: TestService
let routes: string[]
let owner: HubClient
let stranger: HubClient
beforeAll(async () => {
  const started = await collectRoutes(() => startTestService())
  hermod = started.built
  routes = started.routes.filter((route) => !route.startsWith('HEAD') && route.includes(prefix))
  owner = await hubClient(hermod, { mode: 'test' })
  stranger = await hubClient(hermod, { mode: 'test' })
})
afterAll(() => hermod.stop())

const asked = [
  ['POST', '/otp', '/otp'],
  ['POST', '/wdr', '/wdr'],
  ['GET', '/:uuid/wdr', '/01JV5V54KPYK9GB29265EQRZ2P/wdr'],
] as const

test('every route refuses who shows no key, and a key with the account of another', async () => {
  expect(routes).toEqual(asked.map(([method, route]) => `${method} ${prefix}${route}`).toSorted())
  for (const [method, , path] of asked) {
    const body = method === 'POST' ? { body: { to: '14155550100', text: '482910' } } : {}
    for (const headers of [
      {},
      { ...owner.headers, 'x-account-id': stranger.headers['x-account-id'] ?? '' },
    ]) {
      expectRefused(await hermod.call(method, `${prefix}${path}`, { headers, ...body }), 401, /x-account-id/)
    }
  }
  expect((await owner.list()).body.total).toBe(0)
})

test('a key may do what its scopes say, and no more', async () => {
  const { body } = await hermod.call('POST', '/keys', {
    key: await hermod.register(),
    body: { name: 'reads', scopes: ['read'], mode: 'test' },
  })
  const key: string = body.data.apiKey
  const { id } = (await hermod.call('GET', '/auth/me', { key })).body.data
  const headers = { 'x-api-key': key, 'x-account-id': id }
  const ask = (path: string) =>
    hermod.call('POST', `${prefix}${path}`, { headers, body: { to: '14155550100', text: '482910' } })
  expectRefused(await ask('/otp'), 401, /scope|may not|not allowed/i)
  expect((await ask('/wdr')).status).toBe(200)
})

test('records, lists and limits are their account’s own', async () => {
  const to = '14155550190'
  const uuid = await owner.sent(to, '482910')
  expect((await owner.record(uuid)).status).toBe(200)
  const foreign = await stranger.record(uuid)
  expect([foreign.status, foreign.body]).toEqual([
    404,
    (await stranger.record('01JV5V54KPYK9GB29265EQRZ2P')).body,
  ])
  expect((await stranger.list()).body).toMatchObject({ total: 0, list: [] })
  expect((await stranger.list({ filter: { to } })).body).toMatchObject({ total: 0, list: [] })
  for (let n = 0; n < 9; n += 1) await owner.sent(to, '482910')
  expect((await owner.send({ to, text: '482910' })).status).toBe(429)
  expect((await stranger.send({ to, text: '482910' })).status).toBe(200)
})
