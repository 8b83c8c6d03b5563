import type { MessageContent } from './content.ts'
import type { WaitingReason } from '../devices/waiting.ts'
import type { ProviderWords } from '../provider-words.ts'
import { statusRank, type Status } from './status.ts'

/** How urgent a message is; each lane has workers of its own. */
export const lanes = ['urgent', 'normal', 'bulk'] as const
export type Lane = (typeof lanes)[number]

/** The state of an outbound message, as the pipeline reads and changes it. Times are `Date`s of our clock. */
export interface MessageState {
  id: string
  accountId: string
  sessionId: string
  status: Status
  lane: Lane
  address: string
  metadata: unknown
  externalId: string | null
  /** Credits that it was charged and that were not refunded. */
  credits: number
  attempt: number
  /** Attempts before the owner asked for a retry: the limits count from here. */
  attemptFloor: number
  rev: number
  unknownAt: Date | null
  dueAt: Date
  /** Why it was put off until `dueAt`, where that is to be shown. */
  waitingFor: WaitingReason | null
  wakeAt: Date | null
  expiresAt: Date | null
  /** The life that its sender named; null: the installation's. */
  ttlSeconds: number | null
  createdAt: Date
  sentAt: Date | null
  deliveredAt: Date | null
  readAt: Date | null
  failedAt: Date | null
  errorCode: string | null
  errorMessage: string | null
}

/** A message that this process has claimed for one attempt, with what its provider needs to send it. */
export interface ClaimedMessage extends MessageState {
  status: 'processing'
  /** When the claim ends, on this process's monotonic clock. A send must be over by then. */
  leaseEndMs: number
  content: MessageContent
  /** Its true content where `content` is masked, encrypted; empty once it is forgotten; null for all others. */
  sealed: string | null
  replyTo: string | null
}

/** One entry of the timeline. */
export interface TimelineEntry {
  status: Status
  at: Date
  providerAt: Date | null
  detail: string | null
  /** The provider's own words about this step; null when it gave none. */
  words: ProviderWords | null
}

/** The facts of an attempt that its place in the timeline needs. */
export interface AttemptTimes {
  attempt: number
  startedAt: Date
}

/** The attempt that is under way, and when the message was claimed for it. */
export interface ClaimInForce {
  attempt: number
  claimedAt: Date
}

/** The steps that can only follow the attempt that brought the message out. */
const receipts: ReadonlySet<Status> = new Set<Status>(['sent', 'delivered', 'read'])

/**
 * The whole timeline of a message: the recorded entries, and a `processing` for each time that it was being handed
 * over. Those are not recorded, because that would cost every message a write: the attempts tell of those that ended,
 * the claim of the one that is under way.
 */
export function wholeTimeline(
  recorded: readonly TimelineEntry[],
  { attempts, claim }: { attempts: readonly AttemptTimes[]; claim: ClaimInForce | null },
): TimelineEntry[] {
  const last = attempts.at(-1)
  const starts = attempts.map((one) =>
    one === last ? beforeReceipts(one.startedAt, recorded) : one.startedAt,
  )
  // A worker that vanished leaves an attempt that is recorded and yet in force.
  const isNew = claim !== null && attempts.every(({ attempt }) => attempt !== claim.attempt)
  const processing = [...starts, ...(isNew ? [claim.claimedAt] : [])].map((at): TimelineEntry => ({
    status: 'processing',
    at,
    providerAt: null,
    detail: null,
    words: null,
  }))
  return [...recorded, ...processing].toSorted(
    (a, b) => a.at.getTime() - b.at.getTime() || statusRank[a.status] - statusRank[b.status],
  )
}

/** Where a receipt reported an attempt before its worker could, the worker's clock must not put it behind the receipt. */
function beforeReceipts(startedAt: Date, recorded: readonly TimelineEntry[]): Date {
  const times = recorded.filter(({ status }) => receipts.has(status)).map(({ at }) => at.getTime())
  return new Date(Math.min(startedAt.getTime(), ...times))
}
