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

/** A language, as the settings of a service have it. */
export const serviceLocale = z
  .string()
  .min(2)
  .max(16)
  .regex(/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,4}){0,2}$/, 'must be a language such as en, en_US or pt-BR')

const countries: ReadonlySet<string> = new Set(getCountries())
const country = z
  .string()
  .refine(
    (code) => countries.has(code.toUpperCase()),
    'must be a country of two letters (ISO 3166), such as DE',
  )

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
  .regex(
    /^[a-z0-9][a-z0-9_-]*$/,
    'must have small letters, digits, _ and - only, and begin with a letter or digit',
  )

/** The service that exists without being made. */
export const defaultServiceName = 'default'

export const devicePolicies = ['refuse', 'warn', 'allow'] as const
export const fraudPolicies = ['off', 'shadow', 'enforce'] as const

/** A field with its words for people. */
function said<Schema extends z.ZodType>(description: string, schema: Schema): Schema {
  return schema.meta({ description })
}

/** How codes of a service are made, sent and limited. Every field has a default. */
export const serviceSettings = z.strictObject({
  brand: said(
    'The name in the texts; that of your account if null. A template has Meta’s words.',
    z.string().min(1).max(60).nullable().default(null),
  ),
  locale: said(
    'The language where none is asked for, and there is none of the number’s country.',
    serviceLocale.default('en'),
  ),
  codeLength: said('Digits. Fewer than six are easily guessed.', z.int().min(4).max(10).default(6)),
  ttlSeconds: said('How long a code is good for.', z.int().min(60).max(600).default(300)),
  attempts: said(
    'How many codes are judged before the verification ends.',
    z.int().min(1).max(10).default(5),
  ),
  sends: said('How often a code may be sent.', z.int().min(1).max(10).default(5)),
  resendWaitSeconds: said(
    'How long to wait after the first send, the second, and so on; the last wait holds for the rest.',
    z.array(z.int().min(0).max(600)).min(1).max(10).default([30, 60, 90, 120]),
  ),
  session: said('The sender, by id or name; your default if null.', sessionName.nullable().default(null)),
  fallbackSessions: said(
    'Senders that have their turn after it, in order.',
    z.array(sessionName).max(5).default([]),
  ),
  fallbackAfterSeconds: said(
    'How long to wait for a delivery before the next sender has its turn.',
    z.int().min(5).max(600).default(20),
  ),
  templates: said(
    'Names of approved authentication templates by language, for senders that need them; empty: all that your ' +
      'business has.',
    z.record(serviceLocale, templateName).default({}),
  ),
  texts: said(
    'Texts by language, for senders without templates, with {code}, {brand} and {life}; many are built in.',
    z.record(serviceLocale, ownText).default({}),
  ),
  textTemplate: said(
    'The name of an approved utility template whose body has one variable, for texts of connect-hub that are no ' +
      'code, through senders that need templates.',
    templateName.nullable().default(null),
  ),
  allowedCountries: said(
    'Countries that codes are sent to (ISO 3166); empty: all.',
    z.array(country).max(250).default([]),
  ),
  limits: said(
    'How many codes may be sent to a number, to all numbers but for the last four digits, and for a client address.',
    z
      .strictObject({
        number: limits.default([
          { max: 10, seconds: 3_600 },
          { max: 20, seconds: 86_400 },
        ]),
        prefix: limits.default([{ max: 30, seconds: 3_600 }]),
        client: limits.default([{ max: 20, seconds: 3_600 }]),
      })
      .prefault({}),
  ),
  onLinkedDevice: said(
    'Whether codes go out through linked devices; warn: they do, and the answer says what speaks against it.',
    z.enum(devicePolicies).default('warn'),
  ),
  fraud: said(
    'Signs of fraud: off, shadow (noted in the log of decisions), or enforce (refused).',
    z.enum(fraudPolicies).default('shadow'),
  ),
})
export type ServiceSettings = z.infer<typeof serviceSettings>

/** Settings with their languages and countries written in one way. */
export function normalSettings(settings: ServiceSettings): ServiceSettings {
  const byLanguage = (texts: Record<string, string>) =>
    Object.fromEntries(Object.entries(texts).map(([one, text]) => [languageCode(one), text]))
  return {
    ...settings,
    locale: languageCode(settings.locale),
    templates: byLanguage(settings.templates),
    texts: byLanguage(settings.texts),
    allowedCountries: settings.allowedCountries.map((one) => one.toUpperCase()),
  }
}

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

/** A reviewer's objection to codes of so many digits. */
export function lengthWarnings(length: number): string[] {
  return length < codeLengthAdvised
    ? [
        `Codes of fewer than ${codeLengthAdvised} digits are easily guessed: NIST SP 800-63B asks for ${codeLengthAdvised}.`,
      ]
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
