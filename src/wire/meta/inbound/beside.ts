import { z } from 'zod'
import type { InboundBeside } from '../../../domain/messages/inbound-content.ts'
import { cutText } from '../../../kit/json/fit-json.ts'
import type { Contact } from '../callback-schema.ts'
import { given } from './parts.ts'

const record = z.record(z.string(), z.unknown()).optional().catch(undefined)
const flag = z.boolean().optional().catch(undefined)

const beside = z.object({
  group_id: z.string().min(1).max(256).optional(),
  referral: record,
  errors: z.array(z.record(z.string(), z.unknown())).min(1).optional().catch(undefined),
  context: z
    .object({ forwarded: flag, frequently_forwarded: flag, referred_product: record })
    .optional()
    .catch(undefined),
})

/**
 * Reads what stands beside the content of a message. Null for a group's id that is none: such a message must not
 * count as private.
 */
export function readBeside(raw: unknown, contact: Contact | undefined): InboundBeside | null {
  const parsed = beside.safeParse(raw)
  if (!parsed.success) return null
  const { group_id: groupId, referral, errors, context } = parsed.data
  const username = contact?.profile?.username
  return given({
    username: username === undefined ? undefined : cutText(username, 256),
    group: groupId === undefined ? undefined : { id: groupId },
    referral,
    errors,
    product: context?.referred_product,
    forwarded: context?.forwarded,
    frequentlyForwarded: context?.frequently_forwarded,
  })
}
