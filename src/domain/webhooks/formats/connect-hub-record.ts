import { ulidOf } from '../../../kit/id.ts'
import { isRecord } from '../../../kit/json/is-record.ts'

// The record of a message as connect-hub shows it, in its API and in its webhooks.

export const recordStatuses = ['PENDING', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'EXPIRED'] as const
export type RecordStatus = (typeof recordStatuses)[number]

/** The word for each of our statuses. */
export const recordWords = {
  scheduled: 'PENDING',
  queued: 'PENDING',
  processing: 'PENDING',
  retrying: 'PENDING',
  sent: 'SENT',
  delivered: 'DELIVERED',
  read: 'READ',
  failed: 'FAILED',
  canceled: 'FAILED',
  expired: 'EXPIRED',
} as const satisfies Record<string, RecordStatus>

export interface DetailRecord {
  uuid: string
  wam_id: string | null
  to: string
  text: string | null
  status: RecordStatus
  timestamp: string
  delivery_timestamp: string | null
  /** Milliseconds from the acceptance to the delivery. */
  delivery_time: number | null
  webhook_delivered: boolean
}

/** The recipient and the text as a client gave them, the text masked. They travel in the metadata of a message. */
export interface GivenMessage {
  to: string
  text: string
}

const metadataField = 'connectHub'

/** The metadata that keeps what a client gave. */
export function metadataOf(given: GivenMessage): Record<string, unknown> {
  return { [metadataField]: given }
}

/** The same out of the metadata of a message; null for a message that came in another way. */
function givenIn(metadata: unknown): GivenMessage | null {
  const given = isRecord(metadata) ? metadata[metadataField] : null
  if (!isRecord(given)) return null
  const { to, text } = given
  return typeof to === 'string' && typeof text === 'string' ? { to, text } : null
}

/** The record of a message. */
export function detailRecord(message: {
  id: string
  externalId: string | null
  metadata: unknown
  address: string
  body: string | null
  status: RecordStatus
  createdAt: Date
  deliveredAt: Date | null
  webhookDelivered: boolean
}): DetailRecord {
  const { createdAt, deliveredAt, metadata } = message
  const given = givenIn(metadata)
  return {
    uuid: ulidOf(message.id),
    wam_id: message.externalId,
    to: given?.to ?? message.address,
    text: given?.text ?? message.body,
    status: message.status,
    timestamp: createdAt.toISOString(),
    delivery_timestamp: deliveredAt?.toISOString() ?? null,
    // The provider's clock may be behind ours.
    delivery_time: deliveredAt === null ? null : Math.max(0, deliveredAt.getTime() - createdAt.getTime()),
    webhook_delivered: message.webhookDelivered,
  }
}
