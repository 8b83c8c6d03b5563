import { parsePhoneNumberFromString } from 'libphonenumber-js/min'

/**
 * Where a message goes. A WhatsApp customer has a phone number (an MSISDN: E.164 digits without `+`) or, when
 * they hide it behind a username, only a business-scoped user id (BSUID, such as `US.13491208655302741918`).
 */
export type Address =
  | { kind: 'msisdn'; value: string }
  | { kind: 'bsuid'; value: string }
  /** A group, by the id that the provider gave it. */
  | { kind: 'group'; value: string }

const bsuid = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/

/** Meta's ids of groups (base64 of `capi_group:...`) and those of WhatsApp itself, which linked devices see. */
const group = /^(?:Y2FwaV9ncm91cDo[\w+/=-]{1,140}|\d{5,25}(?:-\d{5,15})?@g\.us)$/

/**
 * Reads a recipient as people type it: `14155552671`, `+1 (415) 555-2671`, a BSUID, or the id of a group.
 * Returns null when it is none of them.
 */
export function parseAddress(input: string): Address | null {
  const trimmed = input.trim()
  if (bsuid.test(trimmed)) return { kind: 'bsuid', value: trimmed }
  if (group.test(trimmed)) return { kind: 'group', value: trimmed }
  if (!/^\+?[\d\s().-]{5,32}$/.test(trimmed)) return null
  const number = parsePhoneNumberFromString(trimmed.startsWith('+') ? trimmed : `+${trimmed}`)
  if (!number?.isPossible()) return null
  return { kind: 'msisdn', value: number.number.slice(1) }
}

/** Rebuilds an address from its stored text. A group's id may have a form that we do not know. */
export function addressFrom(value: string): Address {
  if (bsuid.test(value)) return { kind: 'bsuid', value }
  return { kind: /^\d{1,15}$/.test(value) ? 'msisdn' : 'group', value }
}
