import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, until, type TestService } from '../support/service.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

test('a message goes from queued to read, and the app hears of every step in a signed webhook', async () => {
  const key = await hermod.register()
  await hermod.call('PUT', '/auth/me/credentials', {
    key,
    body: { whatsappAccessToken: 'EAAtesttoken', whatsappPhoneNumberId: '106540352242922' },
  })
  const verified = await hermod.call('POST', '/auth/me/credentials/verify', { key })
  expect(verified.body).toMatchObject({ success: true, data: { verified: true } })
  const webhook = await hermod.call('PUT', '/auth/me/webhook', {
    key,
    body: { url: `${hermod.receiver.url}/main` },
  })
  hermod.receiver.setSecret(webhook.body.data.secret, '/main')

  const sent = await hermod.call('POST', '/send-message', {
    key,
    body: { to: '14155552671', message: 'Hi Sarah!', metadata: { orderId: '1234' } },
  })
  expect(sent.status).toBe(202)
  expect(sent.body).toEqual({
    success: true,
    data: { id: expect.any(String), status: 'queued', scheduledFor: null },
  })

  const id: string = sent.body.data.id
  const message = await hermod.messageUntil(key, id, ({ status }) => status === 'read')
  expect(message.timeline.map(({ status }) => status)).toEqual([
    'queued',
    'processing',
    'sent',
    'delivered',
    'read',
  ])
  expect(message).toMatchObject({ to: '14155552671', body: 'Hi Sarah!', metadata: { orderId: '1234' } })

  const told = await until(
    () => hermod.receiver.deliveries.filter(({ path }) => path === '/main'),
    (deliveries) => new Set(deliveries.map(({ webhookId }) => webhookId)).size === 3,
    'three events at the webhook',
  )
  expect(told.every(({ verified: signatureHolds }) => signatureHolds)).toBe(true)
})
