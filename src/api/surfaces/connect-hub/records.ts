import type { Status } from '../../../domain/messages/status.ts'
import { readCodeText } from '../../../domain/otp/text.ts'
import {
  detailRecord,
  recordWords,
  type DetailRecord,
  type RecordStatus,
} from '../../../domain/webhooks/formats/connect-hub-record.ts'
import type { MessageRecord } from '../../../services/messages/manage.ts'
import type { ListRequest } from '../../../services/messages/list.ts'
import type { TextStanding } from '../../../services/otp/send-text.ts'

/** A message as this API shows it. */
export function presentRecord(message: MessageRecord, { told, at }: TextStanding): DetailRecord {
  const { body, secret } = message
  return detailRecord({
    ...message,
    // The sandbox shows to whoever reads one message the code in it.
    body: secret && body !== null ? readCodeText(body).masked : body,
    status: statusOf(message, at),
    webhookDelivered: told.has(message.id),
  })
}

/** A message that was taken is expired when its delivery was not confirmed in time, until a receipt comes after all. */
function statusOf({ status, expiresAt }: MessageRecord, at: Date): RecordStatus {
  if (status === 'received') return 'DELIVERED'
  const isOver = status === 'sent' && expiresAt !== null && expiresAt <= at
  return isOver ? 'EXPIRED' : recordWords[status]
}

/** The filter for a status of this API. */
export function filterFor(wanted: RecordStatus | null): Pick<ListRequest, 'status' | 'confirmation'> {
  if (wanted === null) return { status: null }
  const behind = Object.entries(recordWords).flatMap(([status, word]) => (word === wanted ? [status] : []))
  switch (wanted) {
    case 'SENT':
      return { status: behind, confirmation: 'open' }
    case 'EXPIRED':
      return { status: [...behind, 'sent' satisfies Status], confirmation: 'over' }
    default:
      return { status: behind }
  }
}
