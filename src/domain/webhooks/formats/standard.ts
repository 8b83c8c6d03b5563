import { newWebhookSecret, signWebhook } from '../../../kit/crypto/standard-webhooks.ts'
import { isWebhookEventType } from '../events.ts'
import type { DeliveryFormat } from './format.ts'

/** Payloads as they are stored, signed per Standard Webhooks. Its words are the types of events themselves. */
export const standard: DeliveryFormat = {
  newSecret: newWebhookSecret,
  typesOf: (names) => names.filter(isWebhookEventType),
  bodyOf: ({ payload }) => payload,
  headersOf: ({ eventId: id, at, body, secrets, test }) => ({
    'user-agent': 'Hermod-Webhooks/1.0',
    ...signWebhook({ id, at, body, secrets }),
    ...(test && { 'webhook-test': 'true' }),
  }),
}
