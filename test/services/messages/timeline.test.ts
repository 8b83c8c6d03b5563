import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectSender } from '../../support/senders.ts'
import { startTestService, type MessageView, type TestService } from '../../support/service.ts'

let hermod: TestService
beforeAll(async () => {
  hermod = await startTestService()
})
afterAll(() => hermod.stop())

const words = ({ timeline }: MessageView) => timeline.map(({ status }) => status)
const times = ({ timeline }: MessageView) => timeline.map(({ at }) => at)

test('a message that is being handed over says so in its timeline, and since when', async () => {
  const sender = await connectSender(hermod)
  hermod.graph.control.rules.add({ when: { phoneNumberId: sender.phoneNumberId }, delayMs: 1_500 })
  const id = await sender.send()
  const during = await hermod.messageUntil(sender.key, id, ({ status }) => status === 'processing')
  expect(words(during)).toEqual(['queued', 'processing'])
  expect(during.attempts).toEqual([])
  const after = await hermod.messageUntil(sender.key, id, ({ timeline }) => timeline.length === 5)
  expect(words(after)).toEqual(['queued', 'processing', 'sent', 'delivered', 'read'])
  expect(times(during)).toEqual(times(during).toSorted())
  expect(times(after)).toEqual(times(after).toSorted())
})

test('every attempt that failed for a while stands in the timeline with its retry', async () => {
  const sender = await connectSender(hermod)
  hermod.graph.control.rules.add({
    when: { phoneNumberId: sender.phoneNumberId },
    times: 1,
    outcome: { kind: 'error', code: 131_016 },
  })
  const id = await sender.send()
  const waiting = await hermod.messageUntil(sender.key, id, ({ status }) => status === 'retrying')
  expect(words(waiting)).toEqual(['queued', 'processing', 'retrying'])
  const done = await hermod.messageUntil(sender.key, id, ({ status }) => status === 'read')
  expect(words(done)).toEqual(['queued', 'processing', 'retrying', 'processing', 'sent', 'delivered', 'read'])
  expect(times(done)).toEqual(times(done).toSorted())
})
