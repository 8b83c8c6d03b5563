import type { MessageState } from './message.ts'

/** Where an account's events go. */
export interface WebhookEndpoint {
  id: string
  accountId: string
  url: string
  /** Standard Webhooks secret, sealed. */
  secret: string
  enabled: boolean
  isDefault: boolean
  createdAt: Date
  updatedAt: Date
}

/** The body of `message.status_updated`, as the app gets it. */
export function statusUpdatedPayload(message: MessageState, at: Date): string {
  return JSON.stringify({
    event: 'message.status_updated',
    timestamp: at,
    data: {
      messageId: message.id,
      status: message.status,
      to: message.address,
      deliveredAt: message.deliveredAt,
      readAt: message.readAt,
      failedAt: message.failedAt,
      errorMessage: message.errorMessage,
      metadata: message.metadata,
    },
  })
}
