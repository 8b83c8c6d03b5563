import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProviders } from '../../../src/providers/index.ts'
import { startTestService, type TestService } from '../../support/service.ts'

/** An installation without the optional package. */

const missing = 'Linked devices need an optional package, which is not installed here.'
let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService({ overrides: { providers: withoutLibrary() } })
})
afterAll(() => hermod.stop())

function withoutLibrary() {
  const providers = createProviders({
    graphUrl: 'http://127.0.0.1:9',
    graphVersion: 'v23.0',
    timeoutMs: 1_000,
    connectionsMax: 1,
    cloudRatePerSecond: 80,
    operatorSecrets: { signature: null, verifyToken: null },
    linkedDevice: {
      webUrl: null,
      rootKey: null,
      version: null,
      timeoutMs: 1_000,
      livenessEveryMs: 1_000,
      livenessTimeoutMs: 1_000,
      settleMs: 0,
      mediaAuthority: null,
    },
  })
  return providers.map((provider) =>
    provider.connections === undefined
      ? provider
      : { ...provider, connections: { ...provider.connections, missing: async () => missing } },
  )
}

test('what needs the package says that it is not installed, and everything else works', async () => {
  const key = await hermod.register()
  const made = await hermod.call('POST', '/sessions', {
    key,
    body: { provider: 'linked-device', name: 'phone' },
  })
  expect(made).toMatchObject({ status: 201, body: { data: { link: { state: 'unpaired' } } } })
  const { id } = made.body.data
  const routes = [
    ['POST', 'pair', { method: 'qr' }],
    ['GET', 'qr', undefined],
    ['GET', 'stream', undefined],
    ['POST', 'stream-token', undefined],
    ['POST', 'connect', undefined],
    ['POST', 'disconnect', undefined],
    ['POST', 'logout', undefined],
  ] as const
  for (const [method, path, body] of routes) {
    const answer = await hermod.call(method, `/sessions/${id}/${path}`, { key, ...(body && { body }) })
    expect(answer).toMatchObject({ status: 501, body: { code: 'not_configured', error: missing } })
  }
  const sent = await hermod.call('POST', '/send-message', {
    key,
    body: { to: '14155552671', message: 'Hi', session: 'sandbox' },
  })
  expect(sent.status).toBe(202)
  expect(await hermod.call('DELETE', `/sessions/${id}`, { key })).toMatchObject({ status: 200 })
})
