import { expiryAfter, expiryText, isProlongedBy } from './life.ts'
import type { MessageState } from './message.ts'
import type { ProviderWords } from '../provider-words.ts'
import { publishedStatuses, mayTransition, type Status } from './status.ts'

/**
 * Something that happened to a message, or that we decided about it. `at` is our clock, `providerAt` the provider's;
 * where both are known the timeline shows the provider's, which is when it happened.
 */
export type Change =
  /** The provider took it (its answer, or a callback that says so). */
  | ({ to: 'sent'; at: Date; externalId: string; providerAt?: Date; detail?: string } & WithWords)
  | ({
      to: 'delivered' | 'read'
      at: Date
      externalId: string
      providerAt?: Date
      detail?: string
    } & WithWords)
  /** It will not arrive. `externalId` is given when a callback says so, `attempt` when our own attempt ended. */
  | ({
      to: 'failed'
      at: Date
      code: string
      message: string
      externalId?: string
      providerAt?: Date
      attempt?: number
    } & WithWords)
  /** A new try at `dueAt`. */
  | ({ to: 'retrying'; at: Date; dueAt: Date; attempt: number; code: string; message: string } & WithWords)
  /** Let go by its schedule, or tried again by its owner; due from `dueAt`. */
  | { to: 'queued'; at: Date; dueAt: Date; why: 'schedule' | 'retry' }
  /** Queued again: the attempt was not made after all, and does not count. */
  | { to: 'queued'; at: Date; dueAt: Date; why: 'released'; rev: number }
  /** The request left and no answer came; look again at `wakeAt`. */
  | { to: 'unknown'; at: Date; wakeAt: Date; attempt: number }
  | { to: 'expired' | 'canceled'; at: Date }

/** The provider's own words beside ours, where it gave any. */
interface WithWords {
  words?: ProviderWords | null
}

export interface TimelineRow {
  status: Status
  /** Makes a repeat of the same report the same row. */
  key: string
  at: Date
  providerAt: Date | null
  detail: string | null
  /** The provider's own words about this step. */
  words?: ProviderWords | null
}

/** The effect of a change: the state after it, its entry in the timeline, and whether webhooks publish it. */
export interface Step {
  state: MessageState
  /** False when only the timeline learns of it. */
  changed: boolean
  entry: TimelineRow | null
  publish: boolean
}

/** How long after it is due an unclaimed message waits for its job before the sweeper enqueues it again. */
export const enqueueGraceMs = 10_000

/**
 * Applies one change to a message: the one door to a status. Pure. Statuses never regress; a report that comes
 * late or twice is kept in the timeline (once) and changes nothing else. A change whose `attempt` is not the
 * message's present attempt has lost its lease and does nothing.
 */
export function transition(message: MessageState, change: Change): Step {
  switch (change.to) {
    case 'sent':
    case 'delivered':
    case 'read':
      return receive(message, change)
    case 'failed':
      return fail(message, change)
    case 'retrying':
      return retry(message, change)
    case 'queued':
      return requeue(message, change)
    case 'unknown':
      return markUnknown(message, change)
    case 'expired':
    case 'canceled':
      return end(message, change)
  }
}

type Receipt = Extract<Change, { to: 'sent' | 'delivered' | 'read' }>

function receive(message: MessageState, change: Receipt): Step {
  const at = receiptTime(message, change)
  const entry: TimelineRow = {
    status: change.to,
    key: change.externalId,
    at,
    providerAt: change.providerAt ?? null,
    detail: change.detail ?? null,
    words: change.words ?? null,
  }
  if (!mayReceive(message, change)) return unchanged(message, entry)
  const state: MessageState = {
    ...message,
    status: change.to,
    externalId: change.externalId,
    sentAt: message.sentAt ?? at,
    deliveredAt: change.to === 'sent' ? message.deliveredAt : (message.deliveredAt ?? at),
    readAt: change.to === 'read' ? (message.readAt ?? at) : message.readAt,
    failedAt: null,
    errorCode: null,
    errorMessage: null,
    unknownAt: null,
    wakeAt: null,
  }
  return transitioned(message, state, entry)
}

function mayReceive(message: MessageState, change: Receipt): boolean {
  // Another attempt than the one that failed, or one that failed for want of an answer, did go out.
  const otherAttempt = message.status === 'failed' && message.externalId !== change.externalId
  return otherAttempt || mayTransition(message.status, change.to)
}

/**
 * The time of a receipt: the provider's clock, but never before the step that it follows, because Meta's
 * timestamps are whole seconds and two clocks differ; nor, when it comes late, after the step that followed it.
 */
function receiptTime(message: MessageState, change: Receipt): Date {
  const { createdAt, sentAt, deliveredAt, readAt, failedAt } = message
  const [earliest, latest] = {
    sent: [createdAt, deliveredAt ?? failedAt],
    delivered: [sentAt ?? createdAt, readAt],
    read: [deliveredAt ?? sentAt ?? createdAt, null],
  }[change.to]
  const reported = later(change.providerAt ?? change.at, earliest ?? createdAt)
  const isLate = latest != null && latest < reported && message.externalId === change.externalId
  return isLate ? latest : reported
}

function fail(message: MessageState, change: Extract<Change, { to: 'failed' }>): Step {
  if (change.attempt !== undefined && !holdsLease(message, change.attempt)) return unchanged(message)
  const at = later(change.providerAt ?? change.at, message.sentAt ?? message.createdAt)
  const entry: TimelineRow = {
    status: 'failed',
    key: change.externalId ?? `attempt-${message.attempt}`,
    at,
    providerAt: change.providerAt ?? null,
    detail: change.message,
    words: change.words ?? null,
  }
  const stale =
    change.externalId !== undefined && message.externalId !== null && change.externalId !== message.externalId
  if (stale || !mayTransition(message.status, 'failed')) return unchanged(message, entry)
  const state: MessageState = {
    ...message,
    status: 'failed',
    externalId: change.externalId ?? message.externalId,
    failedAt: at,
    errorCode: change.code,
    errorMessage: change.message,
    unknownAt: null,
    wakeAt: null,
  }
  return transitioned(message, state, entry)
}

function retry(message: MessageState, change: Extract<Change, { to: 'retrying' }>): Step {
  if (!holdsLease(message, change.attempt)) return unchanged(message)
  const state: MessageState = {
    ...message,
    status: 'retrying',
    dueAt: change.dueAt,
    wakeAt: new Date(change.dueAt.getTime() + enqueueGraceMs),
    expiresAt: isProlongedBy(message, change.code) ? expiryAfter(message, change) : message.expiresAt,
    unknownAt: null,
    errorCode: change.code,
    errorMessage: change.message,
  }
  return transitioned(message, state, {
    status: 'retrying',
    key: `attempt-${change.attempt}`,
    at: change.at,
    providerAt: null,
    detail: change.message,
    words: change.words ?? null,
  })
}

/** The statuses from which each way to `queued` starts. */
const requeuedFrom: Record<Extract<Change, { to: 'queued' }>['why'], readonly Status[]> = {
  released: ['processing'],
  schedule: ['scheduled'],
  retry: ['failed', 'expired'],
}

function requeue(message: MessageState, change: Extract<Change, { to: 'queued' }>): Step {
  if (!requeuedFrom[change.why].includes(message.status)) return unchanged(message)
  // Only the holder of the very claim may release it: the attempt's number is used again by the next claim.
  if (change.why === 'released' && message.rev !== change.rev) return unchanged(message)
  const waiting: MessageState = {
    ...message,
    status: 'queued',
    dueAt: change.dueAt,
    wakeAt: new Date(change.dueAt.getTime() + enqueueGraceMs),
    unknownAt: null,
  }
  if (change.why === 'released')
    return transitioned(message, { ...waiting, attempt: message.attempt - 1 }, null)
  const state = change.why === 'retry' ? renewed(waiting, change) : waiting
  return transitioned(message, state, {
    status: 'queued',
    // A message may be retried, and expire, more than once before an attempt.
    key: `rev-${message.rev}`,
    at: change.at,
    providerAt: null,
    detail: null,
  })
}

/** A failed or expired message that is tried again: it has as much time and as many attempts as at first. */
function renewed(message: MessageState, { at }: { at: Date }): MessageState {
  const lifeMs = (message.expiresAt?.getTime() ?? 0) - message.createdAt.getTime()
  return {
    ...message,
    attemptFloor: message.attempt,
    expiresAt: message.expiresAt === null ? null : new Date(at.getTime() + lifeMs),
    externalId: null,
    sentAt: null,
    failedAt: null,
    errorCode: null,
    errorMessage: null,
  }
}

function markUnknown(message: MessageState, change: Extract<Change, { to: 'unknown' }>): Step {
  if (!holdsLease(message, change.attempt)) return unchanged(message)
  return transitioned(message, { ...message, unknownAt: change.at, wakeAt: change.wakeAt }, null)
}

function end(message: MessageState, change: Extract<Change, { to: 'expired' | 'canceled' }>): Step {
  if (!mayTransition(message.status, change.to)) return unchanged(message)
  const expired = change.to === 'expired'
  const state: MessageState = {
    ...message,
    status: change.to,
    unknownAt: null,
    wakeAt: null,
    failedAt: expired ? change.at : message.failedAt,
    errorCode: expired ? 'expired' : message.errorCode,
    errorMessage: expired ? expiryText(message) : message.errorMessage,
  }
  return transitioned(message, state, {
    status: change.to,
    key: `rev-${message.rev}`,
    at: change.at,
    providerAt: null,
    detail: expired ? expiryText(message) : null,
  })
}

/** Whether the attempt that reports is the one that the message is in. */
function holdsLease(message: MessageState, attempt: number): boolean {
  return message.status === 'processing' && message.attempt === attempt
}

function later(one: Date, other: Date): Date {
  return one < other ? other : one
}

function transitioned(before: MessageState, state: MessageState, entry: TimelineRow | null): Step {
  // A change without an entry in the timeline, such as a released claim, is not published.
  const publish = entry !== null && before.status !== state.status && publishedStatuses.has(state.status)
  return { state: { ...state, rev: before.rev + 1 }, changed: true, entry, publish }
}

function unchanged(message: MessageState, entry: TimelineRow | null = null): Step {
  return { state: message, changed: false, entry, publish: false }
}
