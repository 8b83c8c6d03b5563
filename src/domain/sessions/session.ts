/** A sender: a Cloud API number, a sandbox, later a linked device. */
export interface Session {
  id: string
  accountId: string
  name: string
  /** The provider's id, such as `whatsapp-cloud`. */
  provider: string
  isDefault: boolean
  /** The provider's settings, encrypted. */
  credentials: string
  /** The provider's id of the sender (Meta: phone_number_id), by which callbacks find it. */
  senderId: string | null
  /** What `senderId` was before the owner changed it: receipts for older messages still name it. */
  pastSenderIds: string[]
  /** `stopped`: until the owner acts, see `stopCode`. `removed`: the credentials were taken away. */
  state: 'active' | 'stopped' | 'removed'
  stopCode: string | null
  stopDetail: string | null
  ratePerSecond: number
  onUnknown: 'retry' | 'fail'
  displayPhoneNumber: string | null
  verifiedName: string | null
  qualityRating: string | null
  verifiedAt: Date | null
  /** The provider's id of the business it belongs to (Meta: WABA id). */
  businessAccountId: string | null
  /** Until when its breaker holds sends back; null: closed. See `breakerAt`. */
  breakerUntil: Date | null
  /** How often it opened in a row, and why: one of our codes, and a sentence. */
  breakerTrips: number
  breakerCode: string | null
  breakerDetail: string | null
  /** The last refusal that was about the sender, not about one message. */
  lastErrorCode: string | null
  lastErrorDetail: string | null
  lastErrorAt: Date | null
  createdAt: Date
  updatedAt: Date
}

/** The names of the two sessions that every account may have without naming one itself. */
export const cloudSessionName = 'default'
export const sandboxSessionName = 'sandbox'

/**
 * Whether a report may touch a message of `sender`. What the operator's secret proved (`verifiedBy` null) must name
 * the sender; what a session's own secret proved can only be about that session's account.
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
