import { parsePhoneNumberFromString } from 'libphonenumber-js/min'

/**
 * Where a message goes. A WhatsApp customer has a phone number (an MSISDN: E.164 digits without `+`) or, when
 * they hide it behind a username, only a business-scoped user id (BSUID, such as `US.13491208655302741918`).
 */
export type Address =
  | { kind: 'msisdn'; value: string }
  | { kind: 'bsuid'; value: string }
  /** Somebody whom WhatsApp shows to a linked device by their LID, `123456789012345@lid`, and not by their number. */
  | { kind: 'lid'; value: string }
  /** A group, by the id that the provider gave it. */
  | { kind: 'group'; value: string }

export type AddressKind = Address['kind']

/** The kinds of addresses as people call them, in the plural. */
export const addressKindNames = {
  msisdn: 'phone numbers',
  bsuid: 'business-scoped user ids',
  lid: 'LIDs',
  group: 'groups',
} as const satisfies Record<AddressKind, string>

const bsuid = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/

/** No country code begins with 0. E.164 allows 15 digits; the shortest numbers that exist have 6. */
const msisdn = /^[1-9]\d{5,14}$/

const lid = /^\d{5,20}@lid$/

/** Meta's ids of groups (base64 of `capi_group:...`) and those of WhatsApp itself, which linked devices see. */
const group = /^(?:Y2FwaV9ncm91cDo[\w+/=-]{1,140}|\d{5,25}(?:-\d{5,15})?@g\.us)$/

/**
 * Reads a recipient as people type it: `14155552671`, `+1 (415) 555-2671`, `0014155552671`, a BSUID, a LID, or the id
 * of a group. Digits that can be a WhatsApp id are taken as they are, because WhatsApp keeps ids whose numbering plan
 * is gone (`5215512345678`, `22997123456`), which libraries for phone numbers call impossible. Returns null when it
 * is none of them.
 */
export function parseAddress(input: string): Address | null {
  const trimmed = input.trim()
  if (bsuid.test(trimmed)) return { kind: 'bsuid', value: trimmed }
  if (lid.test(trimmed)) return { kind: 'lid', value: trimmed }
  if (group.test(trimmed)) return { kind: 'group', value: trimmed }
  if (!/^\+?[\d\s().-]{5,32}$/.test(trimmed)) return null
  const typed = trimmed.replaceAll(/\D/g, '')
  const digits = trimmed.startsWith('+') ? typed : typed.replace(/^00/, '')
  return msisdn.test(digits) ? { kind: 'msisdn', value: withoutTrunkZero(digits) } : null
}

/**
 * People write the 0 of a national number behind the country code: `+44 (0)7911 123456`. It is left out where the
 * library knows that the country dials such a 0, and finds a possible number behind it. Nothing else is changed.
 */
function withoutTrunkZero(digits: string): string {
  const number = parsePhoneNumberFromString(`+${digits}`)
  if (number === undefined || !number.isPossible()) return digits
  const hasZero = (value: string) => value[number.countryCallingCode.length] === '0'
  const without = number.number.slice(1)
  return hasZero(digits) && !hasZero(without) && msisdn.test(without) ? without : digits
}

/** Rebuilds an address from its stored text. A group's id may have a form that we do not know. */
export function addressFrom(value: string): Address {
  if (bsuid.test(value)) return { kind: 'bsuid', value }
  if (lid.test(value)) return { kind: 'lid', value }
  return { kind: /^\d{1,15}$/.test(value) ? 'msisdn' : 'group', value }
}

/** A number with its plus, as it is dialled; any other address as it is. */
export function dialled(address: string): string {
  return /^\d{1,15}$/.test(address) ? `+${address}` : address
}
