import { afterAll, beforeAll, expect, test } from 'vitest'
import { collectRoutes } from '../../../support/routes.ts'
import { startTestService, type TestService } from '../../../support/service.ts'
import {
  accountOf,
  appOf,
  expectRefused,
  expectShape,
  newApp,
  newNumber,
  textTo,
  versions,
} from './client.ts'

let hermod: TestService
let routes: string[]
beforeAll(async () => {
  const started = await collectRoutes(() => startTestService())
  hermod = started.built
  routes = started.routes.filter((route) => / \/v\d\/whatsapp\/otp/.test(route))
})
afterAll(() => hermod.stop())

const paths = ['send', 'send/sandbox', 'verify', 'verify/sandbox'] as const

test('there are four calls in each version, and they refuse whoever shows no pair that belongs together', async () => {
  const all = versions.flatMap((version) => paths.map((path) => `POST /${version}/whatsapp/otp/${path}`))
  expect(routes).toEqual(all.toSorted())
  const [app, stranger] = [await newApp(hermod), await newApp(hermod)]
  const shown = [
    {},
    { 'API-Key': app.key },
    { 'App-ID': app.accountId },
    { 'App-ID': stranger.accountId, 'API-Key': app.key },
    { 'App-ID': app.accountId, 'API-Key': 'sk_live_wrong' },
    { 'App-ID': app.accountId, Authorization: `Bearer ${app.key}` },
  ]
  const body = { msisdn: '6282123060001', content: ['x'], otp: '123456' }
  for (const route of all) {
    const [method = '', path = ''] = route.split(' ')
    for (const headers of shown) {
      const answer = expectShape(await hermod.call(method, path, { headers: { ...headers }, body }))
      expectRefused(answer, 401, 'Authorization failed')
    }
  }
})

test('a code is its account’s own', async () => {
  const [app, stranger] = [await newApp(hermod), await newApp(hermod)]
  const msisdn = newNumber()
  expect((await app.ask('send', { msisdn })).status).toBe(201)
  const [otp] = (await textTo(hermod, app, msisdn)).split('\n')
  expectRefused(await stranger.ask('verify', { msisdn, otp }), 404, 'OTP not found')
  expect((await app.ask('verify', { msisdn, otp })).status).toBe(200)
})

test('a key needs the scope otp, and unknown paths are answered in the shape of this API', async () => {
  const key = await hermod.register()
  const made = await hermod.call('POST', '/keys', { key, body: { name: 'reader', scopes: ['read'] } })
  const reader = appOf(hermod, { accountId: await accountOf(hermod, key), key: made.body.data.apiKey })
  expectRefused(await reader.ask('verify', { msisdn: newNumber(), otp: '123456' }), 403, /scope/)
  for (const version of versions) {
    const nowhere = await hermod.call('POST', `/${version}/whatsapp/otp/nothing`, { body: {} })
    expectRefused(expectShape(nowhere), 404, /There is no POST/)
  }
})
