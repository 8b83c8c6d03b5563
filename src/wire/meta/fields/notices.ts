import { z } from 'zod'
import type { NoticeEvent } from '../../../domain/provider-notices.ts'
import { metadata } from '../callback-schema.ts'
import { readHealth } from './health.ts'
import { languageCode } from '../../../domain/templates/language.ts'
import { isRecord } from '../../../kit/json/is-record.ts'

/** The facts of an entry that hold for all its changes: the business, and when it was made. */
export interface EntryFacts {
  accountId: string | null
  at: string | null
}

const about = z.object({
  message_template_name: z.string().min(1).max(512),
  message_template_language: z.string().min(1).max(16),
})

type Aspect = NonNullable<NoticeEvent['template']>['aspect']

/** The fields that tell of a template something else than its status. */
const templateFields = new Map<string, Aspect>([
  ['message_template_quality_update', 'quality'],
  ['message_template_components_update', 'components'],
  ['template_category_update', 'category'],
  ['template_correct_category_detection', 'category'],
])

/** Reads a change of any field as news to hand on, with what they mean for the sender where that is known. */
export function readNotice(
  field: string,
  value: Readonly<Record<string, unknown>>,
  { accountId, at }: EntryFacts,
): NoticeEvent {
  const { senderId, phoneNumber } = senderOf(value)
  return {
    kind: 'notice',
    field,
    event: eventOf(value),
    senderId,
    businessId: accountId,
    phoneNumber,
    health: readHealth(field, value, at ?? new Date(0).toISOString()),
    template: readTemplate(field, value),
    value,
    at,
  }
}

const loose = z
  .union([z.string().min(1), z.number().transform(String)])
  .optional()
  .catch(undefined)

const named = z.object({
  metadata,
  recipient: metadata,
  phone_number_settings: metadata,
  display_phone_number: loose,
  phone_number: loose,
})

/** The sender, by its id or by its number; news of a whole business name neither. */
function senderOf(value: Readonly<Record<string, unknown>>): Pick<NoticeEvent, 'senderId' | 'phoneNumber'> {
  const parsed = named.safeParse(value)
  if (!parsed.success) return { senderId: null, phoneNumber: null }
  const { metadata: told, recipient, phone_number_settings: settings, ...numbers } = parsed.data
  const senderId = told?.phone_number_id ?? recipient?.phone_number_id ?? settings?.phone_number_id ?? null
  const digits = (numbers.display_phone_number ?? numbers.phone_number)?.replaceAll(/\D/g, '')
  return { senderId, phoneNumber: digits === undefined || digits === '' ? null : digits }
}

const words = ['event', 'decision', 'type', 'status'] as const

function eventOf(value: Readonly<Record<string, unknown>>): string | null {
  const found = words.map((key) => value[key]).find((word) => typeof word === 'string' && word !== '')
  return typeof found === 'string' ? found.slice(0, 200).toWellFormed() : null
}

function readTemplate(field: string, value: Readonly<Record<string, unknown>>): NoticeEvent['template'] {
  // Meta's own example has a quality under the field of the status.
  const isQuality = isRecord(value) && 'new_quality_score' in value
  const aspect = templateFields.get(field) ?? (isQuality ? 'quality' : undefined)
  const parsed = about.safeParse(value)
  if (aspect === undefined || !parsed.success) return null
  const { message_template_name: name, message_template_language: language } = parsed.data
  return { name, language: languageCode(language), aspect }
}
