import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from '../../src/kit/log.ts'
import { startTestService, until, type TestService } from '../support/service.ts'

const lines: string[] = []
const entries = (): Record<string, unknown>[] => lines.map((line) => JSON.parse(line))
const entry = (wanted: Record<string, unknown>) =>
  entries().find((one) => Object.entries(wanted).every(([name, value]) => one[name] === value))

let hermod: TestService
beforeAll(async () => {
  const log = createLog('debug', { write: (line) => void lines.push(line) })
  hermod = await startTestService({ overrides: { log } })
})
afterAll(() => hermod.stop())

const secrets = {
  accessToken: 'EAAtokenoftheloggedsender',
  appSecret: 'appsecretoftheloggedsender',
  message: 'The words of a message',
  to: '14155552678',
}

test('at the level debug the log follows a message from its request to its provider, and tells no secret', async () => {
  const { accessToken, appSecret, message, to } = secrets
  hermod.graph.control.addPhone({ id: '8812345', tokens: [accessToken] })
  const key = await hermod.register()
  const credentials = {
    whatsappAccessToken: accessToken,
    whatsappPhoneNumberId: '8812345',
    whatsappAppSecret: appSecret,
  }
  await hermod.call('PUT', '/auth/me/credentials', { key, body: credentials })
  await hermod.call('POST', '/auth/me/credentials/verify', { key })
  hermod.graph.control.rules.add({ when: { to }, outcome: { kind: 'error', code: 131_026 } })
  const sent = await hermod.call('POST', '/send-message', { key, body: { to, message } })
  const messageId: string = sent.body.data.id
  await hermod.messageUntil(key, messageId, ({ status }) => status === 'failed')
  await hermod.call('GET', `/contacts/${to}/window`, { key })
  await until(
    () => Promise.resolve(entry({ route: '/contacts/:address/window', status: 200 })),
    (found) => found !== undefined,
    'the line of the last request',
  )

  const requestId = sent.headers.get('x-request-id')
  expect(entry({ requestId, messageId })).toMatchObject({ msg: 'a message was accepted' })
  expect(entry({ requestId, route: '/send-message', status: 202 })).toMatchObject({ method: 'POST' })
  expect(entry({ messageId, outcome: 'refused' })).toMatchObject({ attempt: 1, code: expect.any(String) })
  for (const secret of [key, ...Object.values(secrets)]) expect(lines.join('')).not.toContain(secret)
})

test('the log of a batch names its request', async () => {
  const key = await hermod.connect()
  const messages = [{ to: secrets.to, message: 'Hi', session: 'sandbox' }]
  const sent = await hermod.call('POST', '/messages/bulk', { key, body: { messages } })
  const requestId = sent.headers.get('x-request-id')
  expect(entry({ requestId, batchId: sent.body.data.batchId })).toMatchObject({ queued: 1 })
})
