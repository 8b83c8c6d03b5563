import { dialled } from '../../messages/address.ts'
import { isRecord } from '../../../kit/json/is-record.ts'

/** A stored payload, as far as the format reads it. */
export interface Payload {
  timestamp: string
  data: Readonly<Record<string, unknown>>
}

/** The `data` of an event as the format shows it. */
export type EventView = (payload: Payload) => Record<string, unknown>

function addressOf(value: unknown): string | null {
  return typeof value === 'string' ? dialled(value) : null
}

/** Of a message that came in. */
export const receivedView: EventView = ({ data }) => {
  const group = isRecord(data['group']) ? data['group'] : null
  return {
    session_id: data['session'],
    message_id: data['messageId'],
    whatsapp_message_id: data['externalId'],
    from: addressOf(data['from']),
    profile_name: data['profileName'] ?? null,
    to: addressOf(data['to']),
    type: data['type'],
    content: contentOf(data),
    media: mediaOf(data['media']),
    reply_to: data['replyTo'] ?? aboutOf(data),
    timestamp: data['receivedAt'],
    is_group: group !== null,
    group_id: group?.['id'] ?? null,
  }
}

/** The text that a person would read of it: of a reaction its emoji. */
function contentOf({ body, content }: Payload['data']): unknown {
  const reaction = isRecord(content) && isRecord(content['reaction']) ? content['reaction'] : null
  return reaction?.['emoji'] ?? body ?? null
}

/** The message that a reaction is to, or that was taken back. */
function aboutOf({ content }: Payload['data']): unknown {
  if (!isRecord(content)) return null
  const about = content['reaction'] ?? content['revoke']
  return isRecord(about) ? (about['messageId'] ?? null) : null
}

function mediaOf(media: unknown): Record<string, unknown> | null {
  if (!isRecord(media)) return null
  return {
    media_id: media['mediaId'],
    mime_type: media['mimeType'] ?? null,
    filename: media['filename'] ?? null,
  }
}

/** Of a message that was sent: what is left of it at the end is `failed`. */
export const messageView: EventView = ({ timestamp, data }) => {
  const status = data['status']
  return {
    session_id: data['session'],
    message_id: data['messageId'],
    whatsapp_message_id: data['externalId'],
    to: addressOf(data['to']),
    status: status === 'expired' || status === 'canceled' ? 'failed' : status,
    error: data['errorMessage'] ?? null,
    timestamp: data['occurredAt'] ?? timestamp,
  }
}

/** Of a session, with the status that it came to. */
export const sessionView =
  (status: string): EventView =>
  ({ timestamp, data }) => ({
    session_id: data['session'],
    status,
    phone_number: addressOf(data['phone']),
    reason: data['reason'] ?? data['detail'] ?? null,
    timestamp,
  })
