import { z } from 'zod'
import { groupBy } from '../../src/kit/group.ts'
import type { Evidence } from './evidence.ts'
import type { Fake } from './fakes.ts'
import { unansweredRules } from './graph-weather.ts'
import type { Kind } from './options.ts'

/** A storm in numbers. */
export interface Summary {
  accepted: number
  /** Posts that got no 202 and were repeated with the same key. */
  repeatedPosts: number
  sent: number
  failedUnsent: number
  duplicates: number
  lost: number
  /** Messages that Meta took and whose answer the fake lost on purpose. */
  answersLostOnPurpose: number
  /** Sent once, and known only by callback, because no answer was seen. */
  resolvedByCallback: number
  /** Sent again after an unknown outcome had settled without a callback. */
  resent: number
  webhookDeliveries: number
  webhookEvents: number
  kills: Record<Kind, number>
  longestCallbackGapMs: number
  restSeconds: number
  totalSeconds: number
}

const rulesInForce = z.array(z.object({ id: z.string().optional(), applied: z.int() }))

/** Counts what happened. */
export async function summarise(
  { promised, ledger, attempts, heard, events, messages }: Evidence,
  facts: {
    kills: Record<Kind, number>
    graph: Fake
    repeats: number
    longestGapMs: number
    restMs: number
    totalMs: number
  },
): Promise<Summary> {
  const rules = rulesInForce.parse(await facts.graph.control('rules'))
  const taken = groupBy(ledger, (entry) => entry.correlationId)
  const unknown = groupBy(
    attempts.filter((one) => one.outcome === 'unknown' || (one.outcome !== 'refused' && one.detail !== null)),
    (one) => one.messageId,
  )
  const last = new Map(messages.map((row) => [row.id, row.attempt]))
  const isResent = (id: string) =>
    (unknown.get(id) ?? []).some(({ attempt }) => attempt < (last.get(id) ?? 0))
  return {
    accepted: promised.length,
    repeatedPosts: facts.repeats,
    sent: taken.size,
    failedUnsent: messages.filter(({ id, status }) => !taken.has(id) && status !== 'read').length,
    duplicates: [...taken.values()].filter((entries) => entries.length > 1).length,
    lost: promised.filter(
      ({ id }) => !taken.has(id) && !messages.some((row) => row.id === id && row.failedAt),
    ).length,
    answersLostOnPurpose: rules
      .filter(({ id }) => unansweredRules.includes(id ?? ''))
      .reduce((sum, { applied }) => sum + applied, 0),
    resolvedByCallback: [...unknown.keys()].filter((id) => taken.get(id)?.length === 1 && !isResent(id))
      .length,
    resent: [...unknown.keys()].filter(isResent).length,
    webhookDeliveries: heard.length,
    webhookEvents: events.length,
    kills: facts.kills,
    longestCallbackGapMs: Math.round(facts.longestGapMs),
    restSeconds: Math.round(facts.restMs / 1_000),
    totalSeconds: Math.round(facts.totalMs / 1_000),
  }
}
