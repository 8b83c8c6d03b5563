import { z } from 'zod'
import type { ProviderEvent } from '../../../domain/provider-event.ts'
import { timestamp } from '../callback-schema.ts'

const text = z.string().min(1).max(500).optional().catch(undefined)

const preference = z.object({
  wa_id: text,
  user_id: text,
  category: z.string().min(1).max(100),
  value: z.string().min(1).max(100),
  detail: text,
  timestamp,
})

/**
 * Reads a customer's wish about marketing messages. Returns null when it does not say whose wish it is, or what it
 * is. Source: Meta, "user_preferences" webhook reference.
 */
export function readPreference(raw: unknown, senderId: string | null): ProviderEvent | null {
  const parsed = preference.safeParse(raw)
  if (!parsed.success) return null
  const { wa_id: address = null, user_id: userId = null, category, value, detail = null } = parsed.data
  if (address === null && userId === null) return null
  return {
    kind: 'preference',
    senderId,
    address,
    userId,
    category,
    value,
    detail,
    at: parsed.data.timestamp,
    raw,
  }
}
