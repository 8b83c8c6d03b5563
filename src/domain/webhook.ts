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
