import { storableJsonText } from '../../kit/storable.ts'
import type { z } from 'zod'
import { languageCode } from '../../domain/templates/language.ts'
import type { ProviderEvent, StatusEvent } from '../../domain/provider-event.ts'
import { callback, change, entry, metadata, status, templateUpdate } from './callback-schema.ts'
import { mapCallbackError } from './errors.ts'
import { echoFields, readEcho, type EchoOrigin } from './fields/echoes.ts'
import { leftovers, type Shape } from './fields/leftovers.ts'
import { readNotice, type EntryFacts } from './fields/notices.ts'
import { readPreference } from './fields/preferences.ts'
import { wordsOfStatus } from './fields/words.ts'
import { readInbound } from './inbound/read.ts'
import { parseJson } from '../../kit/json/parse-json.ts'
import { isRecord } from '../../kit/json/is-record.ts'

/**
 * Reads a callback of Meta's into events: every entry, every change, every item, in the order they come.
 * Never throws and never drops: what no field of ours takes comes back as a `notice` with what Meta said, what
 * cannot even be read as a change as `unknown`; neither hides its neighbours. Meta repeats callbacks for days and in
 * any order; this tells nothing apart.
 */
export function parseCallback(body: Buffer): ProviderEvent[] {
  // Customers type what they like: a character that cannot be stored is replaced, and keeps no callback from being
  // applied.
  const json = parseJson(storableJsonText(body.toString('utf8')))
  if (json === undefined) return [unknown('the body is not JSON', body.toString('utf8'))]
  const parsed = callback.safeParse(json)
  if (!parsed.success) return [unknown('the body has no list of entries', json)]
  if (parsed.data.entry.length === 0) return [unknown('the list of entries is empty', json)]
  const rest = leftovers(json, { object: true, entry: true })
  const [first] = parsed.data.entry
  return [...parsed.data.entry.flatMap(readEntry), ...noticeOf('callback', rest, factsOf(first))]
}

function readEntry(raw: unknown): ProviderEvent[] {
  const parsed = entry.safeParse(raw)
  if (!parsed.success || parsed.data.changes.length === 0) return [unknown('the entry has no changes', raw)]
  const facts = factsOf(raw)
  const rest = leftovers(raw, { id: true, time: true, changes: true })
  return [
    ...parsed.data.changes.flatMap((item) => readChange(item, facts)),
    ...noticeOf('entry', rest, facts),
  ]
}

function factsOf(raw: unknown): EntryFacts {
  const parsed = entry.safeParse(raw)
  return { accountId: parsed.data?.id ?? null, at: parsed.data?.time ?? null }
}

type ChangeValue = z.infer<typeof change>['value']
type FieldReader = (value: ChangeValue, entry: EntryFacts) => ProviderEvent[]

const templateField = 'message_template_status_update'

/** The fields that are more than news to hand on. Their names come from outside: a Map has no `constructor`. */
const readers = new Map<string, FieldReader>([
  ['messages', readMessages],
  [templateField, readTemplateUpdate],
  ['user_preferences', readPreferences],
  ...[...echoFields].map(([field, origin]): [string, FieldReader] => [
    field,
    (value, facts) => readEchoes(value, { field, origin, facts }),
  ]),
])

function readChange(raw: unknown, facts: EntryFacts): ProviderEvent[] {
  const parsed = change.safeParse(raw)
  if (!parsed.success) return [unknown('the change has no field and value', raw)]
  const { field, value } = parsed.data
  const rest = leftovers(raw, { field: true, value: true })
  const beside = noticeOf('change', rest === undefined ? undefined : { field, ...asRecord(rest) }, facts)
  const reader = readers.get(field)
  return [...(reader ? reader(value, facts) : [readNotice(field, value, facts)]), ...beside]
}

/** The keys of a value that its readers take. What stands beside them is handed on as news. */
const besideShape: Shape = {
  messaging_product: true,
  metadata: { phone_number_id: true, display_phone_number: true },
  contacts: {
    wa_id: true,
    user_id: true,
    parent_user_id: true,
    identity_key_hash: true,
    profile: { name: true, username: true },
  },
}
const messagesShape: Shape = {
  ...besideShape,
  statuses: true,
  messages: true,
  errors: true,
  conversation_context: true,
}

/** A `messages` change: receipts of what we sent, messages to us, and errors that belong to neither. */
function readMessages(value: ChangeValue, facts: EntryFacts): ProviderEvent[] {
  const told = metadata.parse(value['metadata'])
  const senderId = told?.phone_number_id ?? null
  const place = { businessId: facts.accountId, phoneNumber: told?.display_phone_number ?? null }
  const notice = (part: Record<string, unknown>) => withinSender('messages', value, part, facts)
  const items: ProviderEvent[] = [
    ...listOf(value['statuses']).map((raw) => readStatus(raw, senderId) ?? notice({ statuses: [raw] })),
    ...readInbound(value, { messages: listOf(value['messages']), senderId }).map((reading) =>
      'event' in reading ? reading.event : notice({ messages: [reading.unreadable] }),
    ),
    ...listOf(value['errors']).map((raw) => notice({ errors: [raw] })),
  ]
  // A message comes with all that stands beside it; receipts do not.
  const hasMessage = items.some(({ kind }) => kind === 'inbound')
  const rest = hasMessage ? undefined : leftovers(value, messagesShape)
  const events = rest === undefined ? items : [...items, notice(asRecord(rest))]
  if (events.length === 0) return [notice({})]
  return events.map((event) =>
    event.kind === 'status' || event.kind === 'inbound' ? { ...event, place } : event,
  )
}

/** Some part of a change as news about the sender that the change names. */
function withinSender(
  field: string,
  value: ChangeValue,
  part: Record<string, unknown>,
  facts: EntryFacts,
): ProviderEvent {
  const { senderId, phoneNumber } = readNotice(field, value, facts)
  return { ...readNotice(field, part, facts), senderId, phoneNumber }
}

function readEchoes(
  value: ChangeValue,
  { field, origin, facts }: { field: string; origin: EchoOrigin; facts: EntryFacts },
): ProviderEvent[] {
  const senderId = metadata.parse(value['metadata'])?.phone_number_id ?? null
  const notice = (part: Record<string, unknown>) => withinSender(field, value, part, facts)
  const rest = leftovers(value, { ...besideShape, message_echoes: true })
  const events = [
    ...listOf(value['message_echoes']).map(
      (raw) =>
        readEcho(raw, { contacts: value['contacts'], senderId, origin }) ?? notice({ message_echoes: [raw] }),
    ),
    ...(rest === undefined ? [] : [notice(asRecord(rest))]),
  ]
  return events.length > 0 ? events : [notice({})]
}

function readPreferences(value: ChangeValue, facts: EntryFacts): ProviderEvent[] {
  const senderId = metadata.parse(value['metadata'])?.phone_number_id ?? null
  const notice = (part: Record<string, unknown>) => withinSender('user_preferences', value, part, facts)
  const rest = leftovers(value, { ...besideShape, user_preferences: true })
  const events = [
    ...listOf(value['user_preferences']).map(
      (raw) => readPreference(raw, senderId) ?? notice({ user_preferences: [raw] }),
    ),
    ...(rest === undefined ? [] : [notice(asRecord(rest))]),
  ]
  return events.length > 0 ? events : [notice({})]
}

/** An absent list is empty; what should be a list and is not comes back as its only, unreadable, item. */
function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return []
  return Array.isArray(value) ? value : [value]
}

/** Meta's statuses in our words. A voice note that was played has been read. */
const statuses = new Map<string, { status: StatusEvent['status']; detail: string | null }>([
  ['sent', { status: 'sent', detail: null }],
  ['delivered', { status: 'delivered', detail: null }],
  ['read', { status: 'read', detail: null }],
  ['played', { status: 'read', detail: 'played' }],
  ['failed', { status: 'failed', detail: null }],
])

/** Null for a status that is no receipt: one that cannot be read, that we do not know, or that is about a payment. */
function readStatus(raw: unknown, senderId: string | null): StatusEvent | null {
  const parsed = status.safeParse(raw)
  const meaning = parsed.success ? statuses.get(parsed.data.status) : undefined
  if (!parsed.success || meaning === undefined || isPayment(raw)) return null
  const { id, timestamp, biz_opaque_callback_data, errors } = parsed.data
  return {
    kind: 'status',
    externalId: id,
    correlationId: biz_opaque_callback_data ?? null,
    senderId,
    ...meaning,
    at: timestamp,
    error: meaning.status === 'failed' ? mapCallbackError(errors?.[0]) : null,
    ...recipientOf(parsed.data),
    words: wordsOfStatus(raw),
    raw,
  }
}

/** The person whom a receipt is about. Those of a group are about the group. */
function recipientOf({ recipient_id, recipient_user_id, recipient_type }: z.infer<typeof status>) {
  if (recipient_type === 'group') return {}
  return { recipient: { address: recipient_id ?? null, userId: recipient_user_id ?? null } }
}

/** The status of a payment has the id of the message that asked for it: a payment that failed is no failed message. */
function isPayment(raw: unknown): boolean {
  return isRecord(raw) && raw['type'] === 'payment'
}

function readTemplateUpdate(value: ChangeValue, facts: EntryFacts): ProviderEvent[] {
  const parsed = templateUpdate.safeParse(value)
  if (!parsed.success) return [readNotice(templateField, value, facts)]
  const { event, message_template_name, message_template_language, reason, ...said } = parsed.data
  return [
    {
      kind: 'template',
      field: templateField,
      accountId: facts.accountId,
      name: message_template_name,
      language: languageCode(message_template_language),
      event,
      // Meta writes the absence of a reason as a reason.
      reason: reason === undefined || reason === 'NONE' ? null : reason,
      category: said.message_template_category?.toUpperCase() ?? null,
      description: said.rejection_info?.reason ?? said.other_info?.description ?? null,
      recommendation: said.rejection_info?.recommendation ?? null,
      at: facts.at,
      raw: value,
    },
  ]
}

/** The keys that Meta put where no reader looks, as news; nothing when there are none. */
function noticeOf(field: string, rest: unknown, facts: EntryFacts): ProviderEvent[] {
  return rest === undefined ? [] : [readNotice(field, asRecord(rest), facts)]
}

function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : { value }
}

function unknown(reason: string, raw: unknown): ProviderEvent {
  return { kind: 'unknown', reason, raw }
}
