import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertCallbacks } from '../../../src/db/stores/callbacks/callbacks.ts'
import { newId } from '../../../src/kit/id.ts'
import { statusCallback } from '../../support/callbacks.ts'
import { startTestService, until, type TestService } from '../../support/service.ts'

const phoneNumberId = '106540352242922'
const hourMs = 3_600_000

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

test('a message is not sent again while a callback that tells of it lies unapplied in the archive', async () => {
  const key = await hermod.connect({ phoneNumberId })
  hermod.graph.control.rules.add({ outcome: { kind: 'drop', accepted: true }, callbacks: { hold: true } })
  const sent = await hermod.call('POST', '/send-message', { key, body: { to: '14155552671', message: 'Hi' } })
  const id: string = sent.body.data.id
  const [taken] = await until(
    () => hermod.graph.control.ledger.byCorrelation(id),
    (messages) => messages.length > 0,
    'the message at the provider',
  )
  // What a process leaves behind that took Meta's callback, answered 200 and died.
  const body = statusCallback(phoneNumberId, [
    { wamid: taken?.wamid ?? '', status: 'delivered', correlationId: id },
  ])
  const now = new Date()
  const archived = { id: newId(), provider: 'whatsapp-cloud', sessionId: null, body: Buffer.from(body) }
  await insertCallbacks(hermod.service.ctx.db, [
    { ...archived, receivedAt: now, dueAt: new Date(now.getTime() + hourMs) },
  ])

  const message = await hermod.messageUntil(key, id, ({ status }) => status !== 'processing')
  expect(message.status).toBe('delivered')
  expect(message.timeline.map(({ status }) => status)).toEqual(['queued', 'processing', 'delivered'])
  expect(hermod.graph.control.ledger.timesAccepted(id)).toBe(1)
})
