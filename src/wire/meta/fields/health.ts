import { z } from 'zod'
import type { SessionHealth } from '../../../domain/sessions/health.ts'

// The changes of a sender's health that Meta reports by number or by business account. Source: Meta, the webhook references of
// account_update, account_alerts, account_review_update, business_capability_update, phone_number_name_update and
// phone_number_quality_update.

const charsMax = 500

const word = z
  .union([z.string().min(1), z.number().transform(String)])
  .transform((given) => given.slice(0, charsMax).toWellFormed())
const maybe = word.nullish().catch(null)

/** Unix seconds, or a date as Meta writes it. */
const until = z
  .union([
    z
      .number()
      .int()
      .nonnegative()
      .max(99_999_999_999)
      .transform((seconds) => new Date(seconds * 1_000).toISOString()),
    z.string().min(1).max(charsMax),
  ])
  .nullish()
  .catch(null)

type Value = Readonly<Record<string, unknown>>
type Reader = (value: Value, at: string) => SessionHealth | null

/** The fields whose news concern a sender's health. Field names come from outside: a Map has no `constructor`. */
const readers = new Map<string, Reader>([
  ['account_update', readAccount],
  ['account_alerts', readAlert],
  ['account_review_update', readReview],
  ['business_status_update', readBusinessStatus],
  ['business_capability_update', readCapability],
  ['phone_number_name_update', readName],
  ['phone_number_quality_update', readQuality],
])

/** The health of a sender that a change of a field reports; null when there is nothing that we know to read. */
export function readHealth(field: string, value: Value, at: string): SessionHealth | null {
  return readers.get(field)?.(value, at) ?? null
}

const accountUpdate = z.object({
  event: word,
  ban_info: z.object({ waba_ban_state: word, waba_ban_date: until }).optional().catch(undefined),
  violation_info: z.object({ violation_type: word, remediation: maybe }).optional().catch(undefined),
  restriction_info: z
    .array(z.object({ restriction_type: word, expiration: until, remediation: maybe }))
    .optional()
    .catch(undefined),
})

type AccountState = NonNullable<SessionHealth['account']>['state']

/** Events and states of a ban that say whether the account may be used. */
const accountStates = new Map<string, AccountState>([
  ['DISABLE', 'disabled'],
  ['SCHEDULE_FOR_DISABLE', 'to_be_disabled'],
  ['REINSTATE', 'active'],
  ['ACCOUNT_DELETED', 'deleted'],
  ['ACCOUNT_OFFBOARDED', 'disconnected'],
  ['ACCOUNT_RECONNECTED', 'active'],
  ['PARTNER_REMOVED', 'disconnected'],
])

function readAccount(value: Value, at: string): SessionHealth | null {
  const parsed = accountUpdate.safeParse(value)
  if (!parsed.success) return null
  const { event, ban_info: ban, violation_info: violation, restriction_info: restrictions } = parsed.data
  const state = accountStates.get(ban?.waba_ban_state ?? event)
  const health: SessionHealth = {
    ...(state !== undefined && { account: { state, event, until: ban?.waba_ban_date ?? null, at } }),
    ...(violation !== undefined && {
      violation: { type: violation.violation_type, remediation: violation.remediation ?? null, at },
    }),
    ...(restrictions !== undefined && {
      restrictions: {
        types: restrictions.slice(0, 20).map((one) => ({
          type: one.restriction_type,
          until: one.expiration ?? null,
          remediation: one.remediation ?? null,
        })),
        at,
      },
    }),
  }
  return Object.keys(health).length > 0 ? health : null
}

const alertUpdate = z.object({
  alert_info: z.object({
    alert_type: word,
    alert_severity: maybe,
    alert_status: maybe,
    alert_description: maybe,
  }),
})

function readAlert(value: Value, at: string): SessionHealth | null {
  const parsed = alertUpdate.safeParse(value)
  if (!parsed.success) return null
  const alert = parsed.data.alert_info
  return {
    alert: {
      type: alert.alert_type,
      severity: alert.alert_severity ?? null,
      status: alert.alert_status ?? null,
      description: alert.alert_description ?? null,
      at,
    },
  }
}

function readBusinessStatus(value: Value, at: string): SessionHealth | null {
  const event = word.safeParse(value['event'])
  if (!event.success) return null
  return { alert: { type: event.data, severity: null, status: null, description: null, at } }
}

function readReview(value: Value, at: string): SessionHealth | null {
  const decision = word.safeParse(value['decision'])
  return decision.success ? { review: { decision: decision.data, at } } : null
}

/** Before February 2026 the limit was one of the number and had another name; -1 stands for none. */
function readCapability(value: Value, at: string): SessionHealth | null {
  const limit = word.safeParse(
    value['max_daily_conversations_per_business'] ?? value['max_daily_conversation_per_phone'],
  )
  return limit.success ? { messagingLimit: { limit: limit.data, previous: null, at } } : null
}

const nameUpdate = z.object({ decision: word, requested_verified_name: maybe, rejection_reason: maybe })

function readName(value: Value, at: string): SessionHealth | null {
  const parsed = nameUpdate.safeParse(value)
  if (!parsed.success) return null
  const { decision, requested_verified_name: requested, rejection_reason: reason } = parsed.data
  return { name: { decision, requested: requested ?? null, reason: reason ?? null, at } }
}

const qualityUpdate = z.object({
  event: word,
  current_limit: maybe,
  old_limit: maybe,
  max_daily_conversations_per_business: maybe,
})

function readQuality(value: Value, at: string): SessionHealth | null {
  const parsed = qualityUpdate.safeParse(value)
  if (!parsed.success) return null
  const { event, current_limit: current, old_limit: previous } = parsed.data
  const limit = parsed.data.max_daily_conversations_per_business ?? current
  return {
    quality: { event, at },
    ...(limit != null && { messagingLimit: { limit, previous: previous ?? null, at } }),
  }
}
