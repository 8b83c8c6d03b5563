import { storableJsonText } from '../../kit/storable.ts'
import type { z } from 'zod'
import type { ProviderEvent, StatusEvent } from '../../domain/provider-event.ts'
import { callback, change, entry, metadata, status, templateUpdate } from './callback-schema.ts'
import { mapCallbackError } from './errors.ts'
import { readInbound } from './inbound/read.ts'

/**
 * Reads a callback of Meta's into events: every entry, every change, every item, in the order they come.
 * Never throws and never drops: what cannot be understood comes back as an `unknown` event with what Meta
 * said, and hides none of its neighbours. Meta repeats callbacks for days and in any order; this tells
 * nothing apart.
 */
export function parseCallback(body: Buffer): ProviderEvent[] {
  const json = parseJson(body)
  if (json === undefined) return [unknown('the body is not JSON', body.toString('utf8'))]
  const parsed = callback.safeParse(json)
  if (!parsed.success) return [unknown('the body has no list of entries', json)]
  if (parsed.data.entry.length === 0) return [unknown('the list of entries is empty', json)]
  return parsed.data.entry.flatMap(readEntry)
}

function readEntry(raw: unknown): ProviderEvent[] {
  const parsed = entry.safeParse(raw)
  if (!parsed.success || parsed.data.changes.length === 0) return [unknown('the entry has no changes', raw)]
  const { id = null, time = null, changes } = parsed.data
  return changes.flatMap((item) => readChange(item, { accountId: id, at: time }))
}

/** The facts of an entry that hold for all its changes: the business, and when it was made. */
interface EntryFacts {
  accountId: string | null
  at: string | null
}

type ChangeValue = z.infer<typeof change>['value']

/** The fields that are understood. Their names come from outside: a Map has no `constructor`. */
const readers = new Map<string, (value: ChangeValue, entry: EntryFacts) => ProviderEvent[]>([
  ['messages', readMessages],
  ['message_template_status_update', readTemplateUpdate],
])

function readChange(raw: unknown, facts: EntryFacts): ProviderEvent[] {
  const parsed = change.safeParse(raw)
  if (!parsed.success) return [unknown('the change has no field and value', raw)]
  const reader = readers.get(parsed.data.field)
  return reader ? reader(parsed.data.value, facts) : [unknown(`unknown field ${parsed.data.field}`, raw)]
}

/** A `messages` change: receipts of what we sent, messages to us, and errors that belong to neither. */
function readMessages(value: ChangeValue): ProviderEvent[] {
  const senderId = metadata.parse(value['metadata'])?.phone_number_id ?? null
  const events = [
    ...listOf(value['statuses']).map((raw) => readStatus(raw, senderId)),
    ...readInbound(value, { messages: listOf(value['messages']), senderId }).map((reading) =>
      'event' in reading ? reading.event : unknown('unreadable message', reading.unreadable),
    ),
    ...listOf(value['errors']).map((raw) => unknown(`error: ${mapCallbackError(raw).detail}`, raw)),
  ]
  return events.length > 0 ? events : [unknown('a messages change with nothing in it', value)]
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

function readStatus(raw: unknown, senderId: string | null): ProviderEvent {
  const parsed = status.safeParse(raw)
  if (!parsed.success) return unknown('unreadable status', raw)
  const meaning = statuses.get(parsed.data.status)
  if (!meaning) return unknown(`unknown status ${parsed.data.status}`, raw)
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
    raw,
  }
}

/** The person whom a receipt is about. Those of a group are about the group. */
function recipientOf({ recipient_id, recipient_user_id, recipient_type }: z.infer<typeof status>) {
  if (recipient_type === 'group') return {}
  return { recipient: { address: recipient_id ?? null, userId: recipient_user_id ?? null } }
}

function readTemplateUpdate(value: ChangeValue, { accountId, at }: EntryFacts): ProviderEvent[] {
  const parsed = templateUpdate.safeParse(value)
  if (!parsed.success) return [unknown('unreadable template status update', value)]
  const { event, message_template_name, message_template_language, reason } = parsed.data
  return [
    {
      kind: 'template',
      accountId,
      name: message_template_name,
      language: message_template_language,
      event,
      // Meta writes the absence of a reason as a reason.
      reason: reason === undefined || reason === 'NONE' ? null : reason,
      at,
      raw: value,
    },
  ]
}

function unknown(reason: string, raw: unknown): ProviderEvent {
  return { kind: 'unknown', reason, raw }
}

/**
 * Undefined stands for a body that is not JSON: no JSON text parses to it. Customers type what they like, so a
 * character that cannot be stored is replaced and keeps no callback from being applied.
 */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(storableJsonText(body.toString('utf8')))
  } catch {
    return undefined
  }
}
