import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
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

test('the library that is not installed is no error', async () => {
  const module = fileURLToPath(new URL('../../../src/providers/linked-device/library.ts', import.meta.url))
  const hook = `export async function resolve(name, context, next) {
    if (name !== '@whiskeysockets/baileys') return next(name, context)
    throw Object.assign(new Error('Cannot find package @whiskeysockets/baileys'), { code: 'ERR_MODULE_NOT_FOUND' })
  }`
  const program = `
    import { register } from 'node:module'
    register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)})
    const { loadLibrary } = await import(${JSON.stringify(module)})
    console.log(await loadLibrary(null))`
  const args = ['--import', 'tsx', '--input-type=module', '-e', program]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(stdout.trim()).toBe('null')
})
