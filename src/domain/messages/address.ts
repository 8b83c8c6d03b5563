import { parsePhoneNumberFromString } from 'libphonenumber-js/min'

/**
 * Where a message goes. A WhatsApp customer has a phone number (an MSISDN: E.164 digits without `+`) or, when
 * they hide it behind a username, only a business-scoped user id (BSUID, such as `US.13491208655302741918`).
 */
export type Address = { kind: 'msisdn'; value: string } | { kind: 'bsuid'; value: string }

const bsuid = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/

/**
 * Reads a recipient as people type it: `14155552671`, `+1 (415) 555-2671`, or a BSUID.
 * Returns null when it is neither.
 */
export function parseAddress(input: string): Address | null {
  const trimmed = input.trim()
  if (bsuid.test(trimmed)) return { kind: 'bsuid', value: trimmed }
  if (!/^\+?[\d\s().-]{5,32}$/.test(trimmed)) return null
  const number = parsePhoneNumberFromString(trimmed.startsWith('+') ? trimmed : `+${trimmed}`)
  if (!number?.isPossible()) return null
  return { kind: 'msisdn', value: number.number.slice(1) }
}

/** Rebuilds an address from its stored text. */
export function addressFrom(value: string): Address {
  return bsuid.test(value) ? { kind: 'bsuid', value } : { kind: 'msisdn', value }
}
