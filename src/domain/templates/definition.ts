import type { buttonSubTypes } from '../messages/content/template-components.ts'

/** A component as a template was made with it, in Meta's shape, which the field uses in common. */
export interface DefinedComponent {
  /** HEADER, BODY, FOOTER, BUTTONS, CAROUSEL, LIMITED_TIME_OFFER, or what Meta invents next. */
  type: string
  /** Of a header: TEXT, IMAGE, VIDEO, DOCUMENT, LOCATION. */
  format?: string | undefined
  /** With placeholders: `{{1}}`, or `{{first_name}}`. */
  text?: string | undefined
  buttons?: DefinedButton[] | undefined
  cards?: { components: DefinedComponent[] }[] | undefined
  [field: string]: unknown
}

export interface DefinedButton {
  /** QUICK_REPLY, URL, PHONE_NUMBER, COPY_CODE, OTP, FLOW, or what Meta invents next. */
  type: string
  text?: string | undefined
  url?: string | undefined
  [field: string]: unknown
}

/** A template in one of its languages. */
export interface Template {
  name: string
  language: string
  externalId: string | null
  /** Meta's word, such as APPROVED or PAUSED. */
  status: string
  /** Why it may not be sent, where Meta says so. */
  reason: string | null
  category: string | null
  components: DefinedComponent[]
}

type SubType = (typeof buttonSubTypes)[number]

/** The parameters that a template needs when it is sent. */
export interface TemplateSlots {
  header:
    | { kind: 'text'; placeholders: string[] }
    | { kind: 'file'; type: 'image' | 'video' | 'document' | 'location' }
    /** A header of a kind that we do not know. */
    | { kind: 'anything' }
  /** The names of the placeholders, `1`, `2`, ... or words, each once; null: not known. */
  body: string[] | null
  /** By their index. */
  buttons: ButtonSlot[]
  offer: 'none' | 'optional' | 'required'
  /** Null: no carousel. */
  cards: TemplateSlots[] | null
}

/** The parameter of a button: its type, and the `sub_type` under which it is given. */
export type ButtonSlot =
  | { takes: 'nothing' }
  | { takes: 'anything' }
  | { takes: 'text' | 'payload' | 'coupon_code' | 'action'; subType: SubType; required: boolean }

/** Reads what a template wants from how it was made. Source: Meta, "Message templates", "Components". */
export function templateSlots({
  components,
  category,
}: Pick<Template, 'components' | 'category'>): TemplateSlots {
  const find = (type: string) => components.find((one) => one.type.toUpperCase() === type)
  const offer = find('LIMITED_TIME_OFFER')
  const carousel = find('CAROUSEL')
  return {
    header: headerSlot(find('HEADER')),
    body: bodySlot(find('BODY'), category),
    buttons: (find('BUTTONS')?.buttons ?? []).map(buttonSlot),
    offer: offer === undefined ? 'none' : offerSlot(offer),
    cards: carousel?.cards?.map((card) => templateSlots({ ...card, category })) ?? null,
  }
}

const files = { IMAGE: 'image', VIDEO: 'video', DOCUMENT: 'document', LOCATION: 'location' } as const
const isFile = (format: string): format is keyof typeof files => format in files

function headerSlot(header: DefinedComponent | undefined): TemplateSlots['header'] {
  if (header === undefined) return { kind: 'text', placeholders: [] }
  const format = (header.format ?? 'TEXT').toUpperCase()
  if (format === 'TEXT') return { kind: 'text', placeholders: placeholdersOf(header.text) }
  return isFile(format) ? { kind: 'file', type: files[format] } : { kind: 'anything' }
}

function bodySlot(body: DefinedComponent | undefined, category: string | null): string[] | null {
  // Meta writes the text of a template for one-time codes itself, and does not always show it.
  if (body?.text === undefined && category === 'AUTHENTICATION') return null
  return placeholdersOf(body?.text)
}

function offerSlot(offer: DefinedComponent): 'optional' | 'required' {
  const detail = offer['limited_time_offer']
  const expires = typeof detail === 'object' && detail !== null && 'has_expiration' in detail
  return expires && detail.has_expiration === true ? 'required' : 'optional'
}

const buttonSlots: Record<string, ButtonSlot> = {
  QUICK_REPLY: { takes: 'payload', subType: 'quick_reply', required: false },
  PHONE_NUMBER: { takes: 'nothing' },
  COPY_CODE: { takes: 'coupon_code', subType: 'copy_code', required: true },
  // Made as OTP, sent as a URL button with the code.
  OTP: { takes: 'text', subType: 'url', required: true },
  FLOW: { takes: 'action', subType: 'flow', required: false },
  CATALOG: { takes: 'action', subType: 'catalog', required: false },
  MPM: { takes: 'action', subType: 'mpm', required: true },
}

function buttonSlot({ type, url }: DefinedButton): ButtonSlot {
  const kind = type.toUpperCase()
  if (kind !== 'URL') return buttonSlots[kind] ?? { takes: 'anything' }
  return placeholdersOf(url).length > 0
    ? { takes: 'text', subType: 'url', required: true }
    : { takes: 'nothing' }
}

/** The names between double braces, each once, in their order: by number where they are numbers. */
function placeholdersOf(text: string | undefined): string[] {
  const names = [...(text ?? '').matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1] ?? '')
  const distinct = [...new Set(names)]
  return distinct.every((name) => /^\d+$/.test(name))
    ? distinct.toSorted((one, other) => Number(one) - Number(other))
    : distinct
}
