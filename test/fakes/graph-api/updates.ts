import { createHash } from 'node:crypto'
import type { Json } from '../http.ts'
import { errorTitle } from './errors.ts'
import type { AcceptedMessage } from './ledger.ts'
import type { Phone, StatusWord } from './options.ts'

/** One thing to report, before it is packed with others into a callback. */
export interface Update {
  phone: Phone
  field: string
  /** Where it goes in a `messages` value; `value` stands alone, as template updates do. */
  place: 'statuses' | 'messages' | 'value'
  item: Json
  contact?: Json
  /** The message a status belongs to, to note the acknowledgement. */
  about?: { message: AcceptedMessage; status: StatusWord }
}

/** What a status says besides its word. */
export interface StatusContext {
  phone: Phone
  /** Of the recipient, as Meta knows them. */
  waId: string
  status: StatusWord
  atSeconds: number
  failWith: number
  /** Meta prices `sent` and one of delivered and read. */
  priced: boolean
  /** The template's category, null for a free-form message. */
  category: string | null
  /** Graph versions before 24 describe the conversation. */
  version: number
}

/** A status of a message, as Meta reports it. */
export function statusUpdate(message: AcceptedMessage, context: StatusContext): Update {
  const { phone, status, atSeconds, priced } = context
  const isBsuid = context.waId.includes('.')
  const item: Json = {
    id: message.wamid,
    status,
    timestamp: String(atSeconds),
    ...(isBsuid ? { recipient_user_id: context.waId } : { recipient_id: context.waId }),
    ...(message.correlationId === null ? {} : { biz_opaque_callback_data: message.correlationId }),
    ...(status === 'failed' ? { errors: [statusError(context.failWith)] } : {}),
    ...(priced && context.version < 24 ? { conversation: conversation(message, context) } : {}),
    ...(priced ? { pricing: pricing(context.category) } : {}),
  }
  return { phone, field: 'messages', place: 'statuses', item, about: { message, status } }
}

function statusError(code: number): Json {
  const title = errorTitle(code)
  return {
    code,
    title,
    message: title,
    error_data: { details: `${title}.` },
    href: '/documentation/business-messaging/whatsapp/support/error-codes',
  }
}

function conversation(message: AcceptedMessage, { atSeconds, status, category }: StatusContext): Json {
  return {
    id: createHash('md5').update(`${message.phoneNumberId} ${message.to}`).digest('hex'),
    ...(status === 'sent' ? { expiration_timestamp: String(atSeconds + 86_400) } : {}),
    origin: { type: category ?? 'service' },
  }
}

function pricing(category: string | null): Json {
  return category === null
    ? { billable: false, pricing_model: 'PMP', type: 'free_customer_service', category: 'service' }
    : { billable: true, pricing_model: 'PMP', type: 'regular', category }
}

/** Packs updates into one callback body: an entry an account, a change a field and number. */
export function pack(updates: readonly Update[]): Json {
  const entries = new Map<string, { id: string; time?: number; changes: Json[] }>()
  const values = new Map<string, { statuses: Json[]; messages: Json[]; contacts: Json[] }>()
  for (const update of updates) {
    const { phone, field, place, item } = update
    const entry = entries.get(phone.wabaId) ?? { id: phone.wabaId, changes: [] as Json[] }
    entries.set(phone.wabaId, entry)
    if (place === 'value') {
      // News of the account say when, in whole seconds; those of messages say it item by item.
      entry.time ??= Math.floor(Date.now() / 1_000)
      entry.changes.push({ value: item, field })
      continue
    }
    // Meta never mixes statuses and inbound messages in one change.
    const key = `${phone.id} ${place}`
    const value = values.get(key) ?? { statuses: [], messages: [], contacts: [] }
    if (!values.has(key)) {
      values.set(key, value)
      entry.changes.push({ value: { ...valueHead(phone), ...filled(value, place) }, field })
    }
    value[place].push(item)
    if (update.contact) value.contacts.push(update.contact)
  }
  return { object: 'whatsapp_business_account', entry: [...entries.values()] }
}

function filled(
  value: { statuses: Json[]; messages: Json[]; contacts: Json[] },
  place: 'statuses' | 'messages',
): Json {
  return place === 'statuses'
    ? { statuses: value.statuses }
    : { contacts: value.contacts, messages: value.messages }
}

function valueHead(phone: Phone): Json {
  return {
    messaging_product: 'whatsapp',
    metadata: {
      display_phone_number: phone.displayPhoneNumber.replace(/\D/g, ''),
      phone_number_id: phone.id,
    },
  }
}

/** Meta's JSON: `/` and everything beyond ASCII is escaped, and the signature covers exactly these bytes. */
export function metaJson(body: unknown): string {
  return JSON.stringify(body)
    .replaceAll('/', '\\/')
    .replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
