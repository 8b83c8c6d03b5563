import { parsePhoneNumberFromString } from 'libphonenumber-js/max'

/** A number as the limits see it. */
export interface OtpNumber {
  /** E.164 digits. */
  address: string
  /** ISO 3166; null for a numbering plan of no country. */
  country: string | null
  /** All but the last four digits: such blocks are what swindlers rent. */
  prefix: string
}

/** The facts of an MSISDN that limits and countries go by. */
export function otpNumber(address: string): OtpNumber {
  const country = parsePhoneNumberFromString(`+${address}`)?.country ?? null
  return { address, country, prefix: address.slice(0, -4) }
}
