import type { Context } from '../../../context.ts'
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

/** A message as this API shows it. `told` are those that a webhook told of. */
export function presentRecord(ctx: Context, message: MessageRecord, told: ReadonlySet<string>): DetailRecord {
  const { body, secret } = message
  return detailRecord({
    ...message,
    // The sandbox shows to whoever reads one message the code in it.
    body: secret && body !== null ? readCodeText(body).masked : body,
    status: statusOf(ctx, message),
    webhookDelivered: told.has(message.id),
  })
}

/** A message that was taken is expired when its delivery was not confirmed in time, until a receipt comes after all. */
function statusOf(ctx: Context, { status, expiresAt }: MessageRecord): RecordStatus {
  if (status === 'received') return 'DELIVERED'
  const isOver = status === 'sent' && expiresAt !== null && expiresAt <= ctx.clock.now()
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
