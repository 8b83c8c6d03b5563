import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { mediaRules } from '../../domain/messages/media.ts'
import { isRetryable } from '../../domain/messages/send-errors.ts'
import { systemClock, type Clock } from '../../kit/clock.ts'
import { sha256 } from '../../kit/crypto/hash.ts'
import { newId } from '../../kit/id.ts'
import { wait } from '../../kit/concurrency/wait.ts'
import type {
  CredentialCheck,
  MediaUpload,
  Provider,
  ProviderTraits,
  Refusal,
  SendOutcome,
} from '../contract.ts'
import { playCustomer } from './customer.ts'
import { openFile } from './files.ts'
import { sandboxForm } from './form.ts'
import { externalIdOf, providerError, scaled, scheduleReceipts, type Send } from './receipts.ts'
import { sandboxScenarios, scenarioOf, type SandboxAnswer, type SandboxScenario } from './scenarios.ts'
import { sandboxSettings, type SandboxSettings } from './settings.ts'
import { createTapLimit } from './tap-limit.ts'
import { sandboxTemplateMaker } from './template-maker.ts'
import { sandboxTemplates } from './templates.ts'

export { sandboxScenarioNames, sandboxScenarios, type SandboxScenarioName } from './scenarios.ts'
export { sandboxSettings, type SandboxSettings } from './settings.ts'

export interface SandboxOptions {
  /** How many times faster than life: 1 is real time, Infinity makes every delay nought. */
  speed?: number
  clock?: Clock
}

/**
 * A provider that reaches nobody and walks messages through everything that can happen to them. It keeps no
 * timers and nothing that matters: the receipts, and what customers answer, travel with the outcome, so they survive a
 * restart like real callbacks. Which recipient plays what stands in `scenarios.ts`, what customers answer in
 * `answers.ts`.
 *
 * @throws RangeError when `speed` is not above zero.
 */
export function createSandbox({
  speed = 1,
  clock = systemClock,
}: SandboxOptions = {}): Provider<SandboxSettings> {
  if (!(speed > 0)) throw new RangeError('speed must be above zero')
  const mayTap = createTapLimit()

  return {
    id: 'sandbox',
    traits,
    settings: sandboxSettings,
    identity: () => ({ senderId: null, businessAccountId: null }),
    form: sandboxForm,
    open: ({ id, settings }) => ({
      send: (message, signal) =>
        play(
          { message, settings, speed, clock, mayTap: (recipient, now) => mayTap(`${id} ${recipient}`, now) },
          signal,
        ),
      checkCredentials: async () => credentialCheck(settings),
      templates: {
        businessAccountId: 'sandbox',
        list: async () => ({ ok: true, templates: [...sandboxTemplates], some: true }),
        make: sandboxTemplateMaker(discard),
      },
      uploadMedia: discard,
      // Nobody is there to see it.
      markRead: async () => ({ ok: true }),
      downloadMedia: openFile,
      playCustomer,
    }),
    close: async () => {},
  }
}

const traits = {
  label: 'The sandbox',
  needsCredentials: false,
  isPlayground: true,
  hasShorthand: false,
  templates: 'open',
  hasCustomerWindow: false,
  resendsAreShownOnce: false,
  costsCredits: false,
  messageTypes: ['text', 'template', 'media', 'reaction', 'interactive', 'location', 'contacts'],
  addressKinds: ['msisdn', 'bsuid', 'lid', 'group'],
  media: mediaRules,
  textCharsMax: 65_536,
  ratePerSecond: 1_000,
} as const satisfies ProviderTraits

/** Plays the scenario that the recipient's number, or the session's settings, stand for. */
async function play(send: Send, signal: AbortSignal): Promise<SendOutcome> {
  const { message, settings, speed } = send
  const name = settings.scenario ?? scenarioOf(message.to.value)
  const scenario: SandboxScenario = sandboxScenarios[name]
  const answer = answerTo(scenario, message.attempt)
  if (signal.aborted) return neverLeft
  const latencyMs = settings.latencyMs ?? scenario.latencyMs ?? latencyOf(message.id)
  if (latencyMs / speed > 0) await wait(latencyMs / speed, signal)
  return outcomeOf(signal.aborted ? cutOff(answer) : answer, send)
}

/** Reads a file to its end, as a provider would, and throws it away. */
async function discard(
  file: MediaUpload,
  signal: AbortSignal,
): Promise<{ ok: true; mediaId: string } | Refusal> {
  try {
    await pipeline(file.read(), new Writable({ write: (_chunk, _encoding, done) => done() }), { signal })
    return { ok: true, mediaId: `sandbox-${newId()}` }
  } catch {
    return { ok: false, code: 'connection_failed', detail: 'The upload was called off before its end' }
  }
}

const neverLeft = {
  outcome: 'refused',
  code: 'connection_failed',
  retryable: true,
  detail: 'The send was called off before it began',
} as const satisfies SendOutcome

function answerTo({ answers }: SandboxScenario, attempt: number): SandboxAnswer {
  return answers[Math.min(attempt, answers.length) - 1] ?? answers[0]
}

/** A caller that stops waiting does not stop the other side: the message arrives and only the answer is lost. */
function cutOff(answer: SandboxAnswer): SandboxAnswer {
  return { outcome: 'unknown', receipts: answer.outcome === 'refused' ? [] : answer.receipts }
}

function outcomeOf(answer: SandboxAnswer, send: Send): SendOutcome {
  switch (answer.outcome) {
    case 'accepted':
      return {
        outcome: 'accepted',
        externalId: externalIdOf(send.message),
        receipts: scheduleReceipts(answer.receipts, send),
      }
    case 'refused':
      return {
        outcome: 'refused',
        code: answer.error.code,
        retryable: isRetryable(answer.error.code),
        ...(answer.retryAfterMs && { retryAfterMs: Math.max(1, scaled(answer.retryAfterMs, send.speed)) }),
        detail: answer.error.detail,
        provider: providerError(answer.error),
      }
    case 'unknown':
      return {
        outcome: 'unknown',
        detail: 'No answer came to the send',
        receipts: scheduleReceipts(answer.receipts, send),
      }
  }
}

/** 50 to 150 ms, always the same for the same message. */
function latencyOf(messageId: string): number {
  return 50 + (sha256(messageId).readUInt16BE() % 101)
}

function credentialCheck({ scenario }: SandboxSettings): CredentialCheck {
  if (scenario === 'credentials_refused') {
    const { error } = sandboxScenarios.credentials_refused.answers[0]
    return { ok: false, code: error.code, detail: error.detail, provider: providerError(error) }
  }
  return { ok: true, displayPhoneNumber: null, verifiedName: 'Hermod sandbox', qualityRating: null }
}
