import { retryAfterMs } from '../../kit/net/retry-after.ts'
import type { OldSecret } from './endpoint.ts'

export const deliveryStatuses = ['pending', 'delivering', 'delivered', 'failed', 'canceled'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

/** The error of a delivery that its endpoint's format cannot tell in the words that the endpoint subscribes to. */
export const notWanted = 'E_NOT_WANTED'

/** `early`: first and second attempts; `late`: all others. Each has slots of its own, so that a backlog of late attempts never holds up new events. */
export const deliveryLanes = ['early', 'late'] as const
export type DeliveryLane = (typeof deliveryLanes)[number]

/** Attempts beyond this one are late (as in Hook0). The index of waiting deliveries is built on it. */
const earlyAttemptsMax = 2

/** The lane of an attempt, counted from 1. */
export function laneOf({ attempt, manual }: { attempt: number; manual: boolean }): DeliveryLane {
  return manual || attempt <= earlyAttemptsMax ? 'early' : 'late'
}

/** The endpoint of a delivery as it is now, not as it was when the event happened. */
export interface DeliveryTarget {
  accountId: string
  url: string
  /** Encrypted, as are the old ones and the headers. */
  secret: string
  oldSecrets: OldSecret[]
  headers: string | null
  /** How its deliveries are written, and what it subscribes to in the words of that format. */
  format: string
  formatEvents: string[]
  enabled: boolean
  ratePerSecond: number | null
  isFailing: boolean
  isBreakerOpen: boolean
}

/** One event on its way to one endpoint, claimed for an attempt. */
export interface ClaimedDelivery {
  id: string
  accountId: string
  eventId: string
  endpointId: string
  /** Counted from 1. */
  attempt: number
  manual: boolean
  type: string
  payload: string
  /** A sample that was asked for. */
  test: boolean
  /** When the event happened. */
  createdAt: Date
  /** Null when it is gone. */
  target: DeliveryTarget | null
}

/**
 * The reason why a delivery that is due was not claimed: its endpoint has enough in flight, its breaker is open, it wants
 * them at its own pace, or an earlier event of the same order key is not over.
 */
export type HoldReason = 'busy' | 'open' | 'limited' | 'blocked'

export interface HeldDelivery {
  id: string
  endpointId: string
  lane: DeliveryLane
  hold: HoldReason
  ratePerSecond: number | null
}

/** The answer to an attempt. */
export interface AttemptAnswer {
  /** The HTTP status; 0: no answer. */
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
  error: string | null
}

/** The conclusion from an answer. */
export interface Verdict {
  status: 'delivered' | 'pending' | 'failed'
  /** Until the next attempt, when there is one. */
  dueInMs: number | null
  error: string | null
  /** The endpoint said that it is gone. */
  gone: boolean
  /** It cannot take more for so long, or hangs; `asked`: it said so itself, with Retry-After. */
  hold: { ms: number; asked: boolean } | null
  /** The schedule has come to its end. */
  exhausted: boolean
}

/** The endpoint is there and asks for less: too many requests, or trouble before or behind it. */
const slowing: ReadonlySet<number> = new Set([429, 502, 503, 504])
const slowMs = { least: 1_000, most: 300_000 }
const retryAfterMsMax = 10 * 3_600_000
/** A receiver that hangs is given more time (Svix), unless the schedule has no such wait at all. */
const timeoutWaitMs = 60_000

/**
 * Judges an answer: only 2xx is a success, 410 ends the endpoint, `webhook-delivery: abort-message` ends
 * the delivery (Svix), `Retry-After` only lengthens a wait. An attempt by hand is never followed by another.
 */
export function judgeAnswer(
  answer: AttemptAnswer,
  {
    attempt,
    manual,
    scheduleMs,
    now,
    jitter,
  }: {
    attempt: number
    manual: boolean
    /** The waits between the attempts. */
    scheduleMs: readonly number[]
    now: Date
    jitter(ms: number): number
  },
): Verdict {
  const { status } = answer
  if (status >= 200 && status < 300) {
    return { status: 'delivered', dueInMs: null, error: null, gone: false, hold: null, exhausted: false }
  }
  const error = answer.error ?? 'E_HTTP'
  const askedMs = Math.min(retryAfterMsMax, retryAfterMs(answer.headers['retry-after'], now) ?? 0)
  const holdMs = Math.min(slowMs.most, Math.max(slowMs.least, askedMs))
  const hold = slowing.has(status) || error === 'E_TIMEOUT' ? { ms: holdMs, asked: askedMs > 0 } : null
  const given = { status: 'failed' as const, dueInMs: null, error, gone: status === 410, hold }
  if (manual || given.gone || answer.headers['webhook-delivery'] === 'abort-message') {
    return { ...given, exhausted: false }
  }
  const plainMs = scheduleMs[attempt - 1]
  if (plainMs === undefined) return { ...given, exhausted: true }
  const floorMs = error === 'E_TIMEOUT' ? Math.min(timeoutWaitMs, Math.max(...scheduleMs)) : 0
  const dueInMs = Math.round(Math.max(jitter(Math.max(plainMs, floorMs)), askedMs))
  return { ...given, status: 'pending', dueInMs, exhausted: false }
}
