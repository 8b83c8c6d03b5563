import { z } from 'zod'
import { expect, test } from 'vitest'
import { inboundEvent, statusEvent } from '../../../src/domain/provider-event.ts'
import type { MessageContent } from '../../../src/domain/messages/content.ts'
import {
  createSandbox,
  sandboxScenarios,
  sandboxSettings,
  type SandboxScenarioName,
} from '../../../src/providers/sandbox/index.ts'

const clock = { now: () => new Date('2026-01-01T00:00:00Z') }
const text: MessageContent = { type: 'text', body: 'Hello' }
const template: MessageContent = { type: 'template', name: 'hello_world', language: 'en_US' }

/** What follows a send to the number of a scenario, as it is stored. */
async function follow(scenario: SandboxScenarioName, content: MessageContent) {
  const settings = sandboxSettings.parse({ latencyMs: 0 })
  const channel = createSandbox({ clock }).open({ id: 'session-1', settings })
  const to = { kind: 'msisdn' as const, value: sandboxScenarios[scenario].msisdn }
  const message = { id: '0199-message', attempt: 1, to, content, replyTo: null }
  const outcome = await channel.send(message, AbortSignal.timeout(10_000))
  const receipts = outcome.outcome === 'refused' ? [] : (outcome.receipts ?? [])
  return receipts.map(({ afterMs, event }) => ({
    afterMs,
    event: z.union([statusEvent, inboundEvent]).parse(JSON.parse(JSON.stringify(event))),
  }))
}

test('a receipt says in Meta’s words what Meta would: whom it is about, and the price', async () => {
  const [sent, delivered, read] = await follow('read', text)
  const free = { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' }
  const whom = { id: 'wamid.sandbox.0199-message.1', recipient_id: sandboxScenarios.read.msisdn }
  expect(sent?.event.raw).toMatchObject({ ...whom, status: 'sent', pricing: free })
  expect(delivered?.event.raw).toMatchObject({ ...whom, status: 'delivered', pricing: free })
  expect(read?.event.raw).toMatchObject({ ...whom, status: 'read' })
  expect(read?.event.raw).not.toHaveProperty('pricing')
  const [charged] = await follow('read', template)
  expect(charged?.event.raw).toMatchObject({ pricing: { billable: true, category: 'utility' } })
})

test('a failure has Meta’s number beside our word', async () => {
  const [failed] = await follow('not_on_whatsapp', text)
  expect(failed?.event).toMatchObject({
    status: 'failed',
    error: { code: 'recipient_unreachable', provider: { code: 131_026 } },
    raw: { errors: [{ code: 131_026 }] },
  })
})

test('an answer comes half a second after the message was read, once for an attempt', async () => {
  const content: MessageContent = { type: 'text', body: 'reply: Hello' }
  const answer = (await follow('read', content)).at(-1)
  expect(answer).toMatchObject({
    afterMs: 3_500,
    event: {
      kind: 'inbound',
      externalId: 'wamid.sandbox.in.0199-message.1',
      from: sandboxScenarios.read.msisdn,
      at: '2026-01-01T00:00:03.500Z',
      content: { message: 'Hello' },
    },
  })
  expect(
    (await follow('repeated_receipts', content)).filter(({ event }) => event.kind === 'inbound'),
  ).toHaveLength(1)
  expect((await follow('never_read', content)).filter(({ event }) => event.kind === 'inbound')).toHaveLength(
    0,
  )
})

test('an answer to somebody without a number comes from their user id', async () => {
  const settings = sandboxSettings.parse({ latencyMs: 0 })
  const channel = createSandbox({ clock }).open({ id: 'session-1', settings })
  const to = { kind: 'bsuid' as const, value: 'US.13491208655302741918' }
  const message = {
    id: '0199',
    attempt: 1,
    to,
    content: { type: 'text' as const, body: 'reply: Hi' },
    replyTo: null,
  }
  expect(await channel.send(message, AbortSignal.timeout(10_000))).toMatchObject({
    receipts: [{}, {}, {}, { event: { from: to.value, fromUserId: to.value } }],
  })
})
