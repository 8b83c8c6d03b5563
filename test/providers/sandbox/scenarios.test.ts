import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { addressFrom, parseAddress } from '../../../src/domain/messages/address.ts'
import { providerEvent, type StatusEvent } from '../../../src/domain/provider-event.ts'
import { isRetryable } from '../../../src/domain/messages/send-errors.ts'
import type { SendOutcome } from '../../../src/providers/contract.ts'
import {
  createSandbox,
  sandboxScenarioNames,
  sandboxScenarios,
  sandboxSettings,
  type SandboxScenarioName,
} from '../../../src/providers/sandbox/index.ts'

const sandbox = createSandbox({ speed: Infinity })
const session = { id: 'session-1', settings: sandboxSettings.parse({}) }

function sendTo(recipient: string, attempt = 1): Promise<SendOutcome> {
  const message = {
    id: '0199-message',
    attempt,
    to: addressFrom(recipient),
    content: { type: 'text' as const, body: 'Hello' },
    replyTo: null,
  }
  return sandbox.open(session).send(message, AbortSignal.timeout(10_000))
}

/** An outcome in a line: `accepted sent delivered`, `refused throttled`, `unknown`. */
function inWords(outcome: SendOutcome): string {
  if (outcome.outcome === 'refused') return `refused ${outcome.code}`
  const told = statusEvents(outcome).map((event) =>
    event.error ? `${event.status}:${event.error.code}` : event.status,
  )
  return [outcome.outcome, ...told].join(' ')
}

function statusEvents(outcome: SendOutcome): StatusEvent[] {
  if (outcome.outcome === 'refused') return []
  return (outcome.receipts ?? []).flatMap(({ event }) => (event.kind === 'status' ? [event] : []))
}

/** What each attempt comes to; the last one stands for all that follow. */
const lifecycles: Record<SandboxScenarioName, readonly string[]> = {
  read: ['accepted sent delivered read'],
  never_read: ['accepted sent delivered'],
  stalled_at_sent: ['accepted sent'],
  invalid_recipient: ['refused invalid_recipient'],
  not_on_whatsapp: ['accepted failed:recipient_unreachable'],
  template_refused: ['refused template_unavailable'],
  outside_window: ['accepted failed:outside_window'],
  throttled_once: ['refused throttled', 'accepted sent delivered read'],
  unavailable_twice: [
    'refused provider_unavailable',
    'refused provider_unavailable',
    'accepted sent delivered read',
  ],
  always_unavailable: ['refused provider_unavailable'],
  unknown_resolved: ['unknown sent delivered read'],
  unknown_unresolved: ['unknown'],
  credentials_refused: ['refused auth_failed'],
  late_bounce: ['accepted sent failed:recipient_unreachable'],
  expires: ['refused recipient_throttled'],
  out_of_order: ['accepted read delivered sent'],
  repeated_receipts: ['accepted sent sent delivered delivered read read sent'],
  slow_answer: ['accepted sent delivered read'],
}

test.each(sandboxScenarioNames)('the number of "%s" plays its scenario on every attempt', async (name) => {
  const expected = lifecycles[name]
  const attempts = [...expected.keys(), expected.length, expected.length + 7]
  for (const index of attempts) {
    const outcome = await sendTo(sandboxScenarios[name].msisdn, index + 1)
    expect(inWords(outcome)).toBe(expected[index] ?? expected.at(-1))
  }
})

test.each(['4915112345678', '14155552671', 'US.13491208655302741918'])(
  'a recipient that is not in the table (%s) gets and reads its message',
  async (recipient) => {
    expect(inWords(await sendTo(recipient))).toBe('accepted sent delivered read')
  },
)

test('every scenario has a number of its own, reserved for fiction and accepted as a recipient', () => {
  const numbers = Object.values(sandboxScenarios).map((scenario) => scenario.msisdn)
  expect(new Set(numbers).size).toBe(numbers.length)
  for (const number of numbers) {
    expect(number).toMatch(/^1\d{3}55501\d{2}$/)
    expect(parseAddress(number)).toEqual({ kind: 'msisdn', value: number })
  }
})

test('a refusal is retryable exactly when its reason is', async () => {
  for (const name of sandboxScenarioNames) {
    const outcome = await sendTo(sandboxScenarios[name].msisdn)
    if (outcome.outcome === 'refused') expect(outcome.retryable).toBe(isRetryable(outcome.code))
  }
})

test('every receipt is a provider event that names our message and survives storage as JSON', async () => {
  for (const name of sandboxScenarioNames) {
    for (const event of statusEvents(await sendTo(sandboxScenarios[name].msisdn))) {
      expect(providerEvent.parse(JSON.parse(JSON.stringify(event)))).toEqual(event)
      expect(event.correlationId).toBe('0199-message')
    }
  }
})

test('the sandbox page explains every number', () => {
  const page = readFileSync(new URL('../../../docs/sandbox.md', import.meta.url), 'utf8')
  for (const name of sandboxScenarioNames) {
    expect(page).toContain(`| \`${sandboxScenarios[name].msisdn}\` | \`${name}\` |`)
  }
})
