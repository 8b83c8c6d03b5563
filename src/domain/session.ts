/** A sender: a Cloud API number, a sandbox, later a linked device. */
export interface Session {
  id: string
  accountId: string
  name: string
  /** The provider's id, such as `whatsapp-cloud`. */
  provider: string
  isDefault: boolean
  /** The provider's settings, sealed. */
  credentials: string
  /** The provider's id of the sender (Meta: phone_number_id), by which callbacks find it. */
  senderId: string | null
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
  createdAt: Date
  updatedAt: Date
}

/** The names of the two sessions that every account may have without naming one itself. */
export const cloudSessionName = 'default'
export const sandboxSessionName = 'sandbox'
