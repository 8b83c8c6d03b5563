import { z } from 'zod'
import { capped } from '../../../kit/storable.ts'
import type { ProviderWords } from '../../../domain/provider-words.ts'
import { leftovers, type Shape } from './leftovers.ts'
import { redactValue } from '../redact.ts'
import { isRecord } from '../../../kit/json/is-record.ts'

/** The parts that are kept as Meta writes them, and everything without a field of its own, in characters of JSON. */
const partCharsMax = 1_000
const moreCharsMax = 2_000

const text = (charsMax: number) =>
  z
    .string()
    .min(1)
    .transform((given) => given.slice(0, charsMax).toWellFormed())
    .optional()
    .catch(undefined)

const errorWords = z.object({
  code: z.number().optional().catch(undefined),
  title: text(300),
  message: text(500),
  error_data: z
    .object({ details: text(1_000) })
    .optional()
    .catch(undefined),
  error_user_msg: text(1_000),
  href: text(500),
})

/** The keys of an error that have a field in `ProviderWords`. */
const errorShape: Shape = {
  code: true,
  title: true,
  message: true,
  error_data: { details: true, messaging_product: true },
  error_user_msg: true,
  href: true,
}

/** Those of a status that have one in the event or in its words. */
const statusShape: Shape = {
  id: true,
  status: true,
  timestamp: true,
  recipient_id: true,
  biz_opaque_callback_data: true,
  pricing: true,
  conversation: true,
  errors: true,
}

/** Reads an error of Graph's, in an answer or in a callback, into its fields. Null when it is no error. */
export function wordsOfError(error: unknown): ProviderWords | null {
  if (!isRecord(error)) return null
  return { ...fieldsOfError(error), ...moreOf(leftovers(error, errorShape)) }
}

/** Meta's words in a status of a callback: its first error, price and conversation, and what else it says. */
export function wordsOfStatus(status: unknown): ProviderWords | null {
  const clean = redactValue(status)
  if (!isRecord(clean)) return null
  const errors: unknown[] = Array.isArray(clean['errors']) ? clean['errors'] : []
  const [first, ...others] = errors
  const error = first === undefined ? undefined : leftovers(first, errorShape)
  const rest = leftovers(clean, statusShape)
  const more = {
    ...(isRecord(rest) && rest),
    ...(error !== undefined && { error }),
    ...(others.length > 0 && { errors: others }),
    ...longPart('pricing', clean['pricing']),
    ...longPart('conversation', clean['conversation']),
  }
  const words: ProviderWords = {
    ...(isRecord(first) && fieldsOfError(first)),
    ...shortPart('pricing', clean['pricing']),
    ...shortPart('conversation', clean['conversation']),
    ...moreOf(more),
  }
  return Object.keys(words).length > 0 ? words : null
}

function fieldsOfError(error: Record<string, unknown>): ProviderWords {
  const parsed = errorWords.safeParse(error)
  if (!parsed.success) return {}
  const { code, title, message, error_data, error_user_msg, href } = parsed.data
  const details = error_data?.details ?? error_user_msg
  return {
    ...(code !== undefined && { code }),
    ...(title !== undefined && { title }),
    ...(message !== undefined && { message }),
    ...(details !== undefined && { details }),
    ...(href !== undefined && { href }),
  }
}

function isShortPart(part: unknown): part is Record<string, unknown> {
  return isRecord(part) && !capped(part, partCharsMax).truncated
}

function shortPart(key: 'pricing' | 'conversation', part: unknown): ProviderWords {
  return isShortPart(part) ? { [key]: part } : {}
}

/** A part of a shape or size that no field takes. */
function longPart(key: string, part: unknown): Record<string, unknown> {
  return part === undefined || part === null || isShortPart(part) ? {} : { [key]: part }
}

function moreOf(rest: unknown): Pick<ProviderWords, 'more'> {
  if (!isRecord(rest) || Object.keys(rest).length === 0) return {}
  const { value } = capped(rest, moreCharsMax)
  return { more: typeof value === 'string' ? value : rest }
}
