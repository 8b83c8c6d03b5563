import type { MessageContent } from './content.ts'
import type { ProviderWords } from '../provider-words.ts'
import type { Status } from './status.ts'

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
  /** Credits that were taken for it and not given back. */
  credits: number
  attempt: number
  /** Attempts before the owner asked for a retry: the limits count from here. */
  attemptFloor: number
  rev: number
  unknownAt: Date | null
  dueAt: Date
  wakeAt: Date | null
  expiresAt: Date | null
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
