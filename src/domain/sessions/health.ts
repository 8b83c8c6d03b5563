import { z } from 'zod'

const text = z.string().nullable()
/** When the provider reported it, ISO 8601. */
const at = z.string()

/**
 * The health of a sender or its business account as a provider reported it, by aspect; an aspect that it never reported is absent.
 * Words in capitals are the provider's own.
 */
export const sessionHealth = z.object({
  /** Whether the business account may be used. `until` is the provider's text, where it names a day. */
  account: z
    .object({
      state: z.enum(['active', 'disabled', 'to_be_disabled', 'deleted', 'disconnected']),
      event: z.string(),
      until: text,
      at,
    })
    .optional(),
  /** The acts that the account or number is barred from for now. */
  restrictions: z
    .object({ types: z.array(z.object({ type: z.string(), until: text, remediation: text })), at })
    .optional(),
  /** The last breach of the provider's rules. */
  violation: z.object({ type: z.string(), remediation: text, at }).optional(),
  /** The last event of the number's quality, such as FLAGGED or DOWNGRADE. */
  quality: z.object({ event: z.string(), at }).optional(),
  /** How many people may be written to first in a day: a tier, or a number as a text. */
  messagingLimit: z.object({ limit: z.string(), previous: text, at }).optional(),
  /** The decision on the name that recipients see. */
  name: z.object({ decision: z.string(), requested: text, reason: text, at }).optional(),
  review: z.object({ decision: z.string(), at }).optional(),
  alert: z.object({ type: z.string(), severity: text, status: text, description: text, at }).optional(),
})
export type SessionHealth = z.infer<typeof sessionHealth>
