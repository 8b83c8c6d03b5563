import { addressFrom } from '../../../src/domain/messages/address.ts'
import {
  createSandbox,
  sandboxScenarios,
  sandboxSettings,
  type SandboxScenarioName,
} from '../../../src/providers/sandbox/index.ts'
import { describeProvider } from '../../support/provider-contract.ts'

const plays = (scenario: SandboxScenarioName, settings: object = {}) => ({
  session: { id: 'session-1', settings: sandboxSettings.parse(settings) },
  message: {
    id: '0199-message',
    attempt: 1,
    to: addressFrom(sandboxScenarios[scenario].msisdn),
    content: { type: 'text' as const, body: 'Hello' },
    replyTo: null,
  },
})

describeProvider('the sandbox', async () => ({
  provider: createSandbox({ speed: Infinity }),
  secrets: [],
  accepts: () => plays('read'),
  refuses: () => plays('invalid_recipient'),
  unreachable: () => plays('always_unavailable'),
  dropsAnswer: () => plays('unknown_unresolved'),
  dispose: async () => {},
}))

describeProvider('the sandbox at the pace of life', async () => ({
  provider: createSandbox(),
  secrets: [],
  accepts: () => plays('read', { latencyMs: 1 }),
  neverAnswers: () => ({ ...plays('read', { latencyMs: 30_000 }), received: Promise.resolve() }),
  dispose: async () => {},
}))
