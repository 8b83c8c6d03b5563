import { isRecord } from '../../../kit/json/is-record.ts'
import { parseJson } from '../../../kit/json/parse-json.ts'
import type { WebhookEventType } from '../events.ts'
import { detailRecord, type RecordStatus } from './connect-hub-record.ts'
import type { DeliveryFormat } from './format.ts'
import { standard } from './standard.ts'

/** The events that tell a status, and its word. */
const words: Partial<Record<WebhookEventType, RecordStatus>> = {
  'message.queued': 'PENDING',
  'message.sent': 'SENT',
  'message.delivered': 'DELIVERED',
  'message.read': 'READ',
  'message.failed': 'FAILED',
  'message.canceled': 'FAILED',
  'message.expired': 'EXPIRED',
  'message.unconfirmed': 'EXPIRED',
}
const types = standard.typesOf(Object.keys(words))

/** The record of a message at each of its statuses, signed per Standard Webhooks. No names stand for all statuses. */
export const connectHub: DeliveryFormat = {
  ...standard,
  typesOf: (names) => (names.length === 0 ? types : types.filter((type) => names.includes(type))),
  messageOf: ({ payload }) => textOf(dataOf(payload)?.['messageId']),
  bodyOf({ type, payload }) {
    const status = Object.entries(words).find(([one]) => one === type)?.[1]
    const data = dataOf(payload)
    if (status === undefined || data === null) return null
    const deliveredAt = textOf(data['deliveredAt'])
    return JSON.stringify(
      detailRecord({
        id: String(data['messageId']),
        externalId: textOf(data['externalId']),
        metadata: data['metadata'],
        address: String(data['to']),
        body: null,
        status,
        createdAt: new Date(String(data['createdAt'])),
        deliveredAt: deliveredAt === null ? null : new Date(deliveredAt),
        webhookDelivered: true,
      }),
    )
  },
}

function dataOf(payload: string): Record<string, unknown> | null {
  const stored = parseJson(payload)
  return isRecord(stored) && isRecord(stored['data']) ? stored['data'] : null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
