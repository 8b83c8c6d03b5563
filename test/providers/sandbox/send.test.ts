import { expect, test } from 'vitest'
import type { OutboundMessage } from '../../../src/providers/contract.ts'
import {
  createSandbox,
  sandboxScenarios,
  sandboxSettings,
  type SandboxOptions,
} from '../../../src/providers/sandbox/index.ts'

const message: OutboundMessage = {
  id: '0199-message',
  attempt: 1,
  to: { kind: 'msisdn', value: sandboxScenarios.read.msisdn },
  content: { type: 'text', body: 'Hello' },
  replyTo: null,
}

const patient = () => AbortSignal.timeout(60_000)

interface Sending {
  options?: SandboxOptions
  settings?: object
  message?: Partial<OutboundMessage>
  signal?: AbortSignal
}

function send({ options = {}, settings = {}, message: changes = {}, signal = patient() }: Sending) {
  const session = { id: 'session-1', settings: sandboxSettings.parse(settings) }
  return createSandbox(options)
    .open(session)
    .send({ ...message, ...changes }, signal)
}

function to(name: keyof typeof sandboxScenarios): Partial<OutboundMessage> {
  return { to: { kind: 'msisdn', value: sandboxScenarios[name].msisdn } }
}

test('receipts come after one and three seconds unless the settings say otherwise', async () => {
  const byDefault = await send({ settings: { latencyMs: 0 } })
  expect(byDefault).toMatchObject({ receipts: [{ afterMs: 200 }, { afterMs: 1_000 }, { afterMs: 3_000 }] })

  const told = await send({ settings: { latencyMs: 0, deliveredAfterMs: 50, readAfterMs: 60 } })
  expect(told).toMatchObject({ receipts: [{ afterMs: 10 }, { afterMs: 50 }, { afterMs: 60 }] })
})

test('speed divides every delay', async () => {
  const settings = { latencyMs: 0 }
  const receipts = [{ afterMs: 20 }, { afterMs: 100 }, { afterMs: 300 }]
  expect(await send({ options: { speed: 10 }, settings })).toMatchObject({ receipts })

  const late = { receipts: [{ afterMs: 20 }, { afterMs: 3_000 }] }
  expect(await send({ options: { speed: 10 }, settings, message: to('late_bounce') })).toMatchObject(late)

  const putOff = { retryAfterMs: 100 }
  const throttled = to('throttled_once')
  expect(await send({ options: { speed: 10 }, settings, message: throttled })).toMatchObject(putOff)
})

test.each([0, -1, Number.NaN])('a speed of %s is refused', (speed) => {
  expect(() => createSandbox({ speed })).toThrow(RangeError)
})

test('a receipt says when the thing happened, also when it arrives out of order', async () => {
  const clock = { now: () => new Date('2026-01-01T00:00:00Z') }
  const outcome = await send({ options: { clock }, settings: { latencyMs: 0 }, message: to('out_of_order') })
  expect(outcome).toMatchObject({
    receipts: [
      { afterMs: 1_000, event: { status: 'read', at: '2026-01-01T00:00:01.000Z' } },
      { afterMs: 3_000, event: { status: 'delivered', at: '2026-01-01T00:00:01.000Z' } },
      { afterMs: 3_000, event: { status: 'sent', at: '2026-01-01T00:00:00.200Z' } },
    ],
  })
})

test('the external id follows from the message and the attempt alone', async () => {
  const options = { speed: Infinity }
  const first = await send({ options })
  expect(await send({ options })).toMatchObject({ externalId: 'wamid.sandbox.0199-message.1' })
  expect(first).toMatchObject({ externalId: 'wamid.sandbox.0199-message.1' })
  const second = await send({ options, message: { attempt: 2 } })
  expect(second).toMatchObject({ externalId: 'wamid.sandbox.0199-message.2' })
})

test('a scenario in the settings holds for every recipient', async () => {
  const settings = { latencyMs: 0, scenario: 'never_read' }
  const outcome = await send({ settings, message: to('invalid_recipient') })
  expect(outcome).toMatchObject({ outcome: 'accepted', receipts: [{ afterMs: 200 }, { afterMs: 1_000 }] })
})

test('a send that is called off before it began has not happened', async () => {
  const outcome = await send({ signal: AbortSignal.abort() })
  expect(outcome).toMatchObject({ outcome: 'refused', code: 'connection_failed', retryable: true })
})

test('a send that is called off under way is unknown, and its receipts still come', async () => {
  const calledOff = new AbortController()
  const pending = send({ message: to('slow_answer'), signal: calledOff.signal })
  calledOff.abort()
  expect(await pending).toMatchObject({
    outcome: 'unknown',
    receipts: [
      { event: { status: 'sent' } },
      { event: { status: 'delivered' } },
      { event: { status: 'read' } },
    ],
  })
})

test('a refusal that nobody waited for is unknown and leaves no receipts', async () => {
  const calledOff = new AbortController()
  const pending = send({ message: to('invalid_recipient'), signal: calledOff.signal })
  calledOff.abort()
  expect(await pending).toEqual({ outcome: 'unknown', detail: expect.any(String), receipts: [] })
})

test.each([
  ['a field that does not exist', { latency: 5 }],
  ['a scenario that does not exist', { scenario: 'happy' }],
  ['a negative delay', { deliveredAfterMs: -1 }],
])('settings with %s are refused', (_, settings) => {
  expect(sandboxSettings.safeParse(settings).success).toBe(false)
})

test('credentials are in order, save in the scenario where they are not', async () => {
  const sandbox = createSandbox()
  const check = (settings: object) =>
    sandbox.open({ id: 'session-1', settings: sandboxSettings.parse(settings) }).checkCredentials?.(patient())
  expect(await check({})).toMatchObject({ ok: true })
  expect(await check({ scenario: 'credentials_refused' })).toMatchObject({ ok: false, code: 'auth_failed' })
})
