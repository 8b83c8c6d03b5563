import { createHmac, randomBytes } from 'node:crypto'
import { safeEqual } from './hash.ts'

type SignedHeader = 'webhook-id' | 'webhook-timestamp' | 'webhook-signature'

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
}): Record<SignedHeader, string> {
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

/** Attempts that were signed longer ago, or lie further ahead, are refused. */
const toleranceMs = 5 * 60_000

/** The fault of a received webhook; null when one of its signatures was made with the secret just now. */
export function webhookProblem(options: {
  /** By their names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: string
  secret: string
  now: Date
}): string | null {
  const header = (name: SignedHeader): string => String(options.headers[name] ?? '')
  const at = new Date(Number(header('webhook-timestamp') || Number.NaN) * 1_000)
  if (Number.isNaN(at.getTime())) return 'it is not signed'
  if (Math.abs(options.now.getTime() - at.getTime()) > toleranceMs)
    return 'its time is more than 5 minutes off'
  const { body, secret } = options
  const expected = signWebhook({ id: header('webhook-id'), at, body, secrets: [secret] })
  const isGood = header('webhook-signature')
    .split(' ')
    .some((one) => safeEqual(one, expected['webhook-signature']))
  return isGood ? null : 'its signature is not of this secret'
}
