import { z } from 'zod'

/** Why an endpoint takes nothing: switched off by its owner, it answered 410, or it failed for too long. */
export type DisabledReason = 'owner' | 'gone' | 'failing'

/** How secrets that were rotated away stand in their row: encrypted, and until when they sign beside the new one. */
export const oldSecrets = z.array(z.object({ secret: z.string(), expiresAt: z.coerce.date() }))
export type OldSecret = z.infer<typeof oldSecrets>[number]

/** A header of the owner's own, sent with every delivery. */
export interface CustomHeader {
  name: string
  value: string
  /** Never shown again. */
  secret: boolean
}

/** The settings of an endpoint that its owner decides. */
export interface EndpointSettings {
  url: string
  description: string | null
  /** How its deliveries are written: see `formats`. */
  format: string
  /** The types of events that it subscribes to; empty: every one but message.status_updated. */
  events: string[]
  /** The same in the words of its format, where that has words of its own. */
  formatEvents: string[]
  /** The sessions whose events it subscribes to; empty: all. */
  sessionIds: string[]
  /** Headers of the owner's own, [CustomHeader], encrypted. */
  headers: string | null
  ratePerSecond: number | null
  /** One event of a recipient after the other. */
  ordered: boolean
  enabled: boolean
}

/** Where an account's events go, and how it fares. */
export interface WebhookEndpoint extends EndpointSettings {
  id: string
  accountId: string
  /** Standard Webhooks secret, encrypted. */
  secret: string
  oldSecrets: OldSecret[]
  isDefault: boolean
  disabledReason: DisabledReason | null
  disabledAt: Date | null
  /** The first failure since the last success. */
  failingSince: Date | null
  lastSuccessAt: Date | null
  lastFailureAt: Date | null
  lastError: string | null
  breakerUntil: Date | null
  createdAt: Date
  updatedAt: Date
}
