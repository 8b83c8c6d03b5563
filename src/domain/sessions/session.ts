import type { SessionHealth } from './health.ts'

/** The columns that every session has, whatever its state. */
interface SessionFacts {
  id: string
  accountId: string
  name: string
  /** The id of its provider. */
  provider: string
  isDefault: boolean
  /** The provider's id of the sender (Meta: phone_number_id), by which callbacks find the session. */
  senderId: string | null
  /** Values that `senderId` had before the owner changed it: receipts for older messages still name them. */
  pastSenderIds: string[]
  /** The provider's id of the business it belongs to (Meta: WABA id). */
  businessAccountId: string | null
  /** Messages a second that it may hand over. */
  ratePerSecond: number
  /** Decides about a message whose outcome stays unknown. */
  onUnknown: 'retry' | 'fail'
  /** Texts show a preview of their first link, where the API that takes them leaves it to the sender. */
  previewLinks: boolean
  displayPhoneNumber: string | null
  verifiedName: string | null
  qualityRating: string | null
  verifiedAt: Date | null
  /** The last refusal that was about the sender and not about one message. */
  lastError: (SessionReason & { at: Date }) | null
  /** Its health as the provider reported it on its own; null while it reported nothing. */
  health: SessionHealth | null
  createdAt: Date
  updatedAt: Date
}

/** One of our error codes, and a sentence for people. */
export interface SessionReason {
  code: string
  detail: string
}

/**
 * The circuit breaker as its row has it. `opened`: it opened `trips` times in a row, the last time until `until`;
 * once that has passed, the breaker is half open.
 */
export type BreakerRow =
  | { state: 'closed' }
  | ({ state: 'opened'; until: Date; trips: number } & SessionReason)

/** A session that can send, unless its breaker holds it back. */
export interface ActiveSession extends SessionFacts {
  state: 'active'
  /** The provider's settings, encrypted. */
  credentials: string
  breaker: BreakerRow
}

/** A session that its provider refused: it sends nothing until its owner acts. */
export interface StoppedSession extends SessionFacts {
  state: 'stopped'
  credentials: string
  reason: SessionReason
}

/** A session whose credentials were deleted. The row stays, because late receipts still name it. */
export interface RemovedSession extends SessionFacts {
  state: 'removed'
}

/** A session that exists for its owner. */
export type LiveSession = ActiveSession | StoppedSession

/** A session: a Cloud API number, a sandbox or a linked device. */
export type Session = LiveSession | RemovedSession

/**
 * Whether a report may touch a message of `sender`. A report that the operator's secret verified (`verifiedBy` null)
 * must name the sender; one that a session's own secret verified can only be about that session's account.
 */
export function mayReport({
  sender,
  verifiedBy,
  senderId,
}: {
  sender: Session | undefined
  verifiedBy: Session | null | undefined
  senderId: string | null
}): boolean {
  if (sender === undefined || verifiedBy === undefined) return false
  if (verifiedBy !== null) return verifiedBy.accountId === sender.accountId
  return senderId !== null && (senderId === sender.senderId || sender.pastSenderIds.includes(senderId))
}
