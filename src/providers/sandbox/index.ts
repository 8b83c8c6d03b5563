import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { StatusEvent } from '../../domain/provider-event.ts'
import { isRetryable } from '../../domain/messages/send-errors.ts'
import { after, systemClock, type Clock } from '../../kit/clock.ts'
import { sha256 } from '../../kit/crypto/hash.ts'
import { newId } from '../../kit/id.ts'
import { wait } from '../../kit/concurrency/wait.ts'
import type { CredentialCheck, ForetoldReceipt, OutboundMessage, Provider, SendOutcome } from '../contract.ts'
import {
  sandboxScenarios,
  scenarioOf,
  type Moment,
  type SandboxAnswer,
  type SandboxError,
  type SandboxReceipt,
  type SandboxScenario,
  type SandboxScenarioName,
} from './scenarios.ts'
import { sandboxSettings, type SandboxSettings } from './settings.ts'
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
 * state and no timers: the receipts travel with the outcome, so they survive a restart like real callbacks.
 * Which recipient plays what stands in `scenarios.ts`.
 *
 * @throws RangeError when `speed` is not above zero.
 */
export function createSandbox({
  speed = 1,
  clock = systemClock,
}: SandboxOptions = {}): Provider<SandboxSettings> {
  if (!(speed > 0)) throw new RangeError('speed must be above zero')

  return {
    id: 'sandbox',
    settings: sandboxSettings,

    async send(session, message, signal) {
      const name = session.settings.scenario ?? scenarioOf(message.to.value)
      const scenario: SandboxScenario = sandboxScenarios[name]
      const answer = answerTo(scenario, message.attempt)
      const told = { name, message, settings: session.settings, speed, clock }
      if (signal.aborted) return neverLeft
      const latencyMs = session.settings.latencyMs ?? scenario.latencyMs ?? latencyOf(message.id)
      if (latencyMs / speed > 0) await wait(latencyMs / speed, signal)
      return outcomeOf(signal.aborted ? cutOff(answer) : answer, told)
    },

    checkCredentials: async (settings) => credentialCheck(settings),
    templates: {
      binding: false,
      businessOf: () => 'sandbox',
      list: async () => ({ ok: true, templates: [...sandboxTemplates] }),
    },
    async uploadMedia(_settings, file, signal) {
      try {
        // Read to its end, as a provider would, and thrown away.
        await pipeline(file.read(), new Writable({ write: (_chunk, _encoding, done) => done() }), { signal })
        return { ok: true, mediaId: `sandbox-${newId()}` }
      } catch {
        return { ok: false, code: 'connection_failed', detail: 'The upload was called off before its end' }
      }
    },
    close: async () => {},
  }
}

/** What an answer is told with: who asked, under which settings, and how fast time goes. */
interface Telling {
  name: SandboxScenarioName
  message: OutboundMessage
  settings: SandboxSettings
  speed: number
  clock: Clock
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

/** Who stops waiting does not stop the other side: the message still arrives, only the answer is lost. */
function cutOff(answer: SandboxAnswer): SandboxAnswer {
  return { outcome: 'unknown', receipts: answer.outcome === 'refused' ? [] : answer.receipts }
}

function outcomeOf(answer: SandboxAnswer, told: Telling): SendOutcome {
  switch (answer.outcome) {
    case 'accepted':
      return { outcome: 'accepted', externalId: externalIdOf(told.message), receipts: foretell(answer, told) }
    case 'refused':
      return {
        outcome: 'refused',
        code: answer.error.code,
        retryable: isRetryable(answer.error.code),
        ...(answer.retryAfterMs && { retryAfterMs: Math.max(1, scaled(answer.retryAfterMs, told.speed)) }),
        detail: answer.error.detail,
        provider: providerError(answer.error),
      }
    case 'unknown':
      return { outcome: 'unknown', detail: 'No answer came to the send', receipts: foretell(answer, told) }
  }
}

function foretell({ receipts }: { receipts: readonly SandboxReceipt[] }, told: Telling): ForetoldReceipt[] {
  const now = told.clock.now()
  return receipts.map((receipt) => {
    const arrivesMs = momentMs(receipt.arrives, told)
    const happenedMs = momentMs(receipt.happened ?? receipt.arrives, told)
    return { afterMs: arrivesMs, event: statusEvent(receipt, after(now, happenedMs), told) }
  })
}

function statusEvent(receipt: SandboxReceipt, at: Date, { name, message }: Telling): StatusEvent {
  return {
    kind: 'status',
    externalId: externalIdOf(message),
    correlationId: message.id,
    senderId: null,
    status: receipt.status,
    detail: null,
    at: at.toISOString(),
    error: receipt.error
      ? { code: receipt.error.code, detail: receipt.error.detail, provider: providerError(receipt.error) }
      : null,
    raw: { sandbox: name, attempt: message.attempt, status: receipt.status },
  }
}

function momentMs(moment: Moment, { settings, speed }: Telling): number {
  if (typeof moment === 'object') return scaled(moment.ms, speed)
  const momentsMs = {
    sent: settings.deliveredAfterMs / 5,
    delivered: settings.deliveredAfterMs,
    read: settings.readAfterMs,
  }
  return scaled(momentsMs[moment], speed)
}

function scaled(ms: number, speed: number): number {
  return Math.round(ms / speed)
}

function externalIdOf({ id, attempt }: OutboundMessage): string {
  return `wamid.sandbox.${id}.${attempt}`
}

function providerError({ metaCode, detail }: SandboxError): { code: number; message: string } {
  return { code: metaCode, message: `(#${metaCode}) ${detail}` }
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
