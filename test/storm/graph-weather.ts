import type { z } from 'zod'
import type { GraphApiOptions } from '../fakes/graph-api/options.ts'
import type { rule } from '../fakes/graph-api/rules.ts'

export const appSecret = 'app-secret-of-the-storm'
export const phones = ['100000000000001', '100000000000002', '100000000000003', '100000000000004'] as const
export const accessToken = 'EAAstorm'

/** Longest wait of the fake before it posts a callback again that the API did not take. */
export const callbackRetryMsMax = 500

/** Patient with an API that dies: callbacks come again every half second for as long as the storm lasts. */
export function graphOptions(callbackUrl: string): GraphApiOptions {
  return {
    ledger: 'times',
    phones: phones.map((id) => ({ id, tokens: [accessToken] })),
    callbacks: {
      url: callbackUrl,
      appSecret,
      delayMs: 20,
      stepMs: 40,
      timeoutMs: 3_000,
      retryFirstMs: 200,
      retryFactor: 1.5,
      retryCapMs: callbackRetryMsMax,
      attemptsMax: 100_000,
      retryTotalMs: 3_600_000,
    },
  }
}

/**
 * What goes wrong at Meta while things die at home. The first rule that is due decides; each counts only what
 * the ones before it left over.
 */
export const graphRules: z.input<typeof rule>[] = [
  { id: 'answer-dropped', when: { every: 40 }, outcome: { kind: 'drop', accepted: true } },
  { id: 'answer-never', when: { every: 60 }, outcome: { kind: 'hang', accepted: true } },
  { id: 'request-dropped', when: { every: 150 }, outcome: { kind: 'drop', accepted: false } },
  { id: 'throttled', when: { every: 250 }, outcome: { kind: 'error', code: 130429, status: 400 } },
  { id: 'refused', when: { every: 70 }, outcome: { kind: 'error', code: 131026 } },
  { id: 'unavailable', when: { every: 90 }, outcome: { kind: 'html', status: 502 } },
  { id: 'fails-later', when: { every: 20 }, callbacks: { statuses: ['sent', 'failed'], failWith: 131026 } },
  { id: 'fails-at-once', when: { every: 45 }, callbacks: { statuses: ['failed'], failWith: 131026 } },
  { id: 'repeated-and-shuffled', when: { every: 6 }, callbacks: { repeat: 2, order: 'shuffle' } },
  { id: 'reversed', when: { every: 9 }, callbacks: { order: 'reverse' } },
  // A slow answer keeps requests in flight for the kills to hit, and lets callbacks overtake it.
  { id: 'answered-late', when: { every: 3 }, delayMs: 700 },
]

/** Those rules after which the gateway cannot know what became of a message that Meta took. */
export const unansweredRules: readonly string[] = ['answer-dropped', 'answer-never']
