import { z } from 'zod'
import { getCountries } from 'libphonenumber-js/max'
import { languageCode } from '../templates/language.ts'
import { codeShape } from './code.ts'

/** At most `max` sends within `seconds`. */
const limit = z.strictObject({
  max: z.int().min(1).max(1_000),
  seconds: z.int().min(60).max(86_400),
})
export type SendLimit = z.infer<typeof limit>
const limits = z.array(limit).max(4)

const locale = z
  .string()
  .min(2)
  .max(16)
  .regex(/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,4}){0,2}$/, 'must be a language such as en, en_US or pt-BR')
  .transform(languageCode)

const countries: ReadonlySet<string> = new Set(getCountries())
const country = z
  .string()
  .transform((code) => code.toUpperCase())
  .refine((code) => countries.has(code), 'must be a country of two letters (ISO 3166), such as DE')

const templateName = z
  .string()
  .min(1)
  .max(512)
  .regex(/^[a-z0-9_]+$/, 'must have small letters, digits and _ only')

/** A text of a service for senders without templates. */
const ownText = z
  .string()
  .min(6)
  .max(1_024)
  .refine((text) => text.includes('{code}'), 'must have {code} where the code goes')

const sessionName = z.string().min(1).max(128)

/** The name of a service. */
export const serviceName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'must have small letters, digits, _ and - only, and begin with a letter or digit')

/** The service that exists without being made. */
export const defaultServiceName = 'default'

/** How codes of a service are made, sent and limited. Every field has a default. */
export const serviceSettings = z.strictObject({
  brand: z.string().min(1).max(60).nullable().default(null),
  locale: locale.default('en'),
  codeLength: z.int().min(4).max(10).default(6),
  ttlSeconds: z.int().min(60).max(600).default(300),
  attempts: z.int().min(1).max(10).default(5),
  sends: z.int().min(1).max(10).default(5),
  resendWaitSeconds: z.array(z.int().min(0).max(600)).min(1).max(10).default([30, 60, 90, 120]),
  session: sessionName.nullable().default(null),
  fallbackSessions: z.array(sessionName).max(5).default([]),
  fallbackAfterSeconds: z.int().min(5).max(600).default(20),
  templates: z.record(locale, templateName).default({}),
  texts: z.record(locale, ownText).default({}),
  allowedCountries: z.array(country).max(250).default([]),
  limits: z
    .strictObject({
      number: limits.default([
        { max: 10, seconds: 3_600 },
        { max: 20, seconds: 86_400 },
      ]),
      prefix: limits.default([{ max: 30, seconds: 3_600 }]),
      client: limits.default([{ max: 20, seconds: 3_600 }]),
    })
    .prefault({}),
  onLinkedDevice: z.enum(['refuse', 'warn', 'allow']).default('warn'),
  fraud: z.enum(['off', 'shadow', 'enforce']).default('shadow'),
})
export type ServiceSettings = z.infer<typeof serviceSettings>

/** A number that gets a fixed code, so that an app can be tested, until a time. */
export interface TestNumber {
  /** E.164 digits. */
  number: string
  code: string
  expiresAt: Date
}

/** A fixed code of a test number. */
export const testCode = z.string().regex(codeShape, 'must have 4 to 15 letters or digits')

/** Codes with fewer digits are guessed too easily to pass a review (NIST SP 800-63B-4 asks for six). */
const codeLengthAdvised = 6

/** What a reviewer would say of codes of so many digits. */
export function lengthWarnings(length: number): string[] {
  return length < codeLengthAdvised
    ? [`Codes of fewer than ${codeLengthAdvised} digits are easily guessed: NIST SP 800-63B asks for ${codeLengthAdvised}.`]
    : []
}

/** A service as it is used: what its owner set, and the defaults. */
export interface OtpService {
  name: string
  settings: ServiceSettings
  testNumbers: TestNumber[]
  createdAt: Date | null
  updatedAt: Date | null
}
