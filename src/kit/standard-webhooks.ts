import { createHmac, randomBytes } from 'node:crypto'

/** A new secret for signing webhooks: `whsec_` and 32 random bytes in base64. */
export function newWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

/**
 * The headers of one attempt to deliver a webhook, per Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`.
 * Source: standard-webhooks/standard-webhooks, spec/standard-webhooks.md. `at` is the time of this attempt; the id
 * is the same for all attempts.
 */
export function signWebhook(options: {
  id: string
  at: Date
  body: string
  secrets: readonly string[]
}): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = Math.floor(options.at.getTime() / 1_000).toString()
  const signatures = options.secrets.map((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
    const mac = createHmac('sha256', key).update(`${options.id}.${timestamp}.${options.body}`)
    return `v1,${mac.digest('base64')}`
  })
  return {
    'webhook-id': options.id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  }
}
