import {
  getCountries,
  getCountryCallingCode,
  getExampleNumber,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumber,
} from 'libphonenumber-js/max'
import examples from 'libphonenumber-js/mobile/examples'
import { AppError } from '../../../domain/app-error.ts'

/** A country as clients choose it. */
export interface Country {
  code: string
  country: string
  /** With the plus sign. */
  dial_code: string
  /** The digits of a number after the dial code, without the leading zero; where several lengths exist, the example's. */
  local_digits: number
  example: string
}

/** The countries whose numbers have exactly so many digits. */
const exact = [
  { code: 'ZA', country: 'South Africa', dial_code: '+27', local_digits: 9, example: '0821234567' },
  { code: 'NG', country: 'Nigeria', dial_code: '+234', local_digits: 10, example: '08012345678' },
  { code: 'IN', country: 'India', dial_code: '+91', local_digits: 10, example: '09876543210' },
  { code: 'PH', country: 'Philippines', dial_code: '+63', local_digits: 10, example: '09171234567' },
  { code: 'US', country: 'United States/Canada', dial_code: '+1', local_digits: 10, example: '2125551234' },
] as const satisfies Country[]

/** Codes that stand for one of these, whatever ISO 3166 says. */
const aliases: Record<string, string> = { SA: 'ZA', CA: 'US' }

/** Saudi Arabia's two letters stand for South Africa here, so it goes by its three. */
const ownCodes: Record<string, CountryCode> = { SAU: 'SA' }

const names = new Intl.DisplayNames(['en'], { type: 'region' })

let all: readonly Country[] | null = null

/** Every code that is taken: first those of the exact countries with their aliases, then all others by their code. */
export function countries(): readonly Country[] {
  all ??= [...exact.flatMap(withAliases), ...otherCodes().map(otherCountry)]
  return all
}

function withAliases(country: Country): Country[] {
  const codes = Object.entries(aliases).filter(([, code]) => code === country.code)
  return [country, ...codes.map(([code]) => ({ ...country, code }))]
}

function otherCodes(): string[] {
  const taken = new Set<string>([...exact.map(({ code }) => code), ...Object.keys(aliases)])
  const free = getCountries().filter((code) => !taken.has(code))
  return [...free, ...Object.keys(ownCodes)].toSorted()
}

function otherCountry(code: string): Country {
  const iso = isoOf(code) ?? 'ZA'
  const number = getExampleNumber(iso, examples)
  return {
    code,
    country: names.of(iso) ?? iso,
    dial_code: `+${getCountryCallingCode(iso)}`,
    local_digits: number?.nationalNumber.length ?? 0,
    example: number?.formatNational().replaceAll(/\D/g, '') ?? '',
  }
}

/** The code by which the library knows a country that is not one of the exact ones. */
function isoOf(code: string): CountryCode | null {
  const own = ownCodes[code]
  if (own !== undefined) return own
  return isSupportedCountry(code) ? code : null
}

/**
 * A number as people type it, as E.164 digits: with or without a leading zero, with or without the dial code. Throws
 * `validation_failed`, with the sentence for the client, for a country or a number that is none.
 */
export function toDigits(typed: string, country: string): string {
  const code = country.trim().toUpperCase()
  const written = parseWritten(typed)
  const known = exact.find((one) => one.code === (aliases[code] ?? code))
  if (known !== undefined) return exactDigits(written, known)
  const iso = isoOf(code)
  if (iso !== null) return possibleDigits(written, iso)
  throw refusal('Unsupported country code. Use one of the codes from /api/whatsapp/countries.')
}

interface Written {
  digits: string
  /** Begins with the dial code for certain. */
  international: boolean
}

function parseWritten(typed: string): Written {
  const text = typed.normalize('NFKC').trim()
  if (!/^\+?[\d\s().\-\u2010-\u2015/]*$/.test(text)) throw refusal('Phone number must be digits only.')
  const digits = text.replaceAll(/\D/g, '')
  if (text.startsWith('+')) return { digits, international: true }
  return digits.startsWith('00')
    ? { digits: digits.slice(2), international: true }
    : { digits, international: false }
}

function exactDigits({ digits, international }: Written, country: Country): string {
  const dial = country.dial_code.slice(1)
  const isLocal = (some: string): boolean => some.length === country.local_digits && !some.startsWith('0')
  const local = withoutZero(digits)
  if (!international && isLocal(local)) return dial + local
  const rest = digits.startsWith(dial) ? withoutZero(digits.slice(dial.length)) : null
  if (international && rest === null) throw contradiction(country.country, country.dial_code)
  if (rest !== null && isLocal(rest)) return dial + rest
  throw refusal(
    `Phone number must be ${country.local_digits} digits for ${country.country}, after the dial code ` +
      `${country.dial_code} and a leading zero: such as ${country.example}.`,
  )
}

function withoutZero(digits: string): string {
  return digits.replace(/^0/, '')
}

function possibleDigits({ digits, international }: Written, iso: CountryCode): string {
  const { country, dial_code, example } = otherCountry(iso)
  const hasDial = digits.startsWith(dial_code.slice(1))
  if (international && !hasDial) throw contradiction(country, dial_code)
  const readings = [...(international ? [] : [digits]), ...(hasDial ? [`+${digits}`] : [])]
    .flatMap((text) => parsePhoneNumberFromString(text, { defaultCountry: iso, extract: false }) ?? [])
    .filter((number) => number.isPossible())
  // Without a plus sign the dial code may be the beginning of a national number.
  const [likeliest] = readings.toSorted((one, other) => likelihood(other) - likelihood(one))
  if (likeliest !== undefined) return likeliest.number.slice(1)
  throw refusal(
    `Phone number is not one of ${country}: give it as people there write it, such as ${example}.`,
  )
}

/** How likely a number is one of WhatsApp: most are mobile. */
function likelihood(number: PhoneNumber): number {
  const type = number.getType()
  if (type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE') return 2
  return type === undefined ? 0 : 1
}

function contradiction(country: string, dialCode: string): AppError {
  return refusal(
    `Phone number does not begin with ${dialCode}, the dial code of ${country}: check the country.`,
  )
}

function refusal(sentence: string): AppError {
  return new AppError('validation_failed', sentence)
}
