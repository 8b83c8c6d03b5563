import { z } from 'zod'
import {
  devicePolicies,
  fraudPolicies,
  serviceName,
  serviceSettings,
  testCode,
  type OtpService,
} from '../../../../domain/otp/service.ts'
import { instant, success } from '../../plugins/envelope.ts'

/** The path of what is about one service. */
export const nameParams = z.strictObject({ name: serviceName.meta({ examples: ['login'] }) })

const testNumber = z.strictObject({
  number: z.string().min(1).max(64).meta({ description: 'In E.164 form.' }),
  code: testCode.optional().meta({ description: 'Its fixed code; left out, it keeps the one that it has.' }),
  expiresAt: z.iso
    .datetime({ offset: true, error: 'must be an ISO 8601 date and time with a zone' })
    .meta({ description: 'From then on it is a number like any other.' }),
})

/** The body of `PUT /otp/services/:name`. */
export const serviceBody = serviceSettings
  .extend({
    testNumbers: z.array(testNumber).max(50).default([]).meta({
      description:
        'Numbers with a fixed code, so that your app can be tested. They are sent to all the same.',
    }),
  })
  .meta({
    id: 'OtpService',
    examples: [
      {
        brand: 'Acme',
        ttlSeconds: 300,
        fallbackSessions: [],
        allowedCountries: ['US', 'GB'],
        testNumbers: [{ number: '+14155550100', code: '123456', expiresAt: '2027-01-01T00:00:00Z' }],
      },
    ],
  })

const seconds = z.int()
const limit = z.array(z.object({ max: z.int(), seconds }))

const view = z.object({
  name: z.string(),
  brand: z.string().nullable(),
  locale: z.string(),
  codeLength: z.int(),
  ttlSeconds: seconds,
  attempts: z.int(),
  sends: z.int(),
  resendWaitSeconds: z.array(seconds),
  session: z.string().nullable(),
  fallbackSessions: z.array(z.string()),
  fallbackAfterSeconds: seconds,
  templates: z.record(z.string(), z.string()),
  texts: z.record(z.string(), z.string()),
  textTemplate: z.string().nullable(),
  allowedCountries: z.array(z.string()),
  limits: z.object({ number: limit, prefix: limit, client: limit }),
  onLinkedDevice: z.enum(devicePolicies),
  fraud: z.enum(fraudPolicies),
  testNumbers: z
    .array(z.object({ number: z.string(), expiresAt: instant }))
    .meta({ description: 'Without their codes, which are not shown.' }),
  createdAt: instant.nullable().meta({ description: 'Null: it has never been changed.' }),
  updatedAt: instant.nullable(),
  warnings: z.array(z.string()),
})

const example = {
  name: 'default',
  ...serviceSettings.parse({}),
  testNumbers: [],
  createdAt: null,
  updatedAt: null,
  warnings: [],
}

export const serviceAnswer = success(view).meta({ examples: [{ success: true, data: example }] })
export const servicesAnswer = success(z.array(view)).meta({ examples: [{ success: true, data: [example] }] })
export const removedAnswer = success(z.object({ name: z.string(), deleted: z.literal(true) })).meta({
  examples: [{ success: true, data: { name: 'login', deleted: true } }],
})

/** A service as its owner reads it: all settings, and no code. */
export function presentService({
  name,
  settings,
  testNumbers,
  createdAt,
  updatedAt,
  warnings,
}: OtpService & { warnings: string[] }): z.input<typeof view> {
  return {
    name,
    ...settings,
    testNumbers: testNumbers.map(({ number, expiresAt }) => ({ number, expiresAt: expiresAt.toISOString() })),
    createdAt: createdAt?.toISOString() ?? null,
    updatedAt: updatedAt?.toISOString() ?? null,
    warnings,
  }
}
