import { z } from 'zod'
import { codeShape } from '../../../../domain/otp/code.ts'
import { defaultServiceName, serviceName } from '../../../../domain/otp/service.ts'
import { verificationStatuses } from '../../../../domain/otp/verification.ts'
import type { VerificationQuery } from '../../../../services/otp/manage.ts'
import type { OtpRequest } from '../../../../services/otp/sending/prepare.ts'
import type { VerifyRequest } from '../../../../services/otp/verify.ts'
import { day, moment, toSpan } from '../../plugins/dates.ts'
import { idGiven, wholeNumber } from '../../plugins/envelope.ts'
import { metadataField } from '../../plugins/metadata.ts'

const to = z.string().min(1).max(64).meta({ description: 'The number in E.164 form, with or without +.' })
const service = serviceName.optional().meta({ description: 'Which of your services; `default` if absent.' })
const challenge = z.string().min(1).max(128).optional().meta({
  description:
    'What the code is for, in your words, such as "login": codes of one challenge do not open another.',
})
const session = z.string().min(1).max(128).optional().meta({
  description: 'Which sender, by id or name; that of the service, or your default, if absent.',
})
const clientIp = z
  .union([z.ipv4(), z.ipv6()], { error: 'must be an IPv4 or IPv6 address' })
  .optional()
  .meta({ description: 'The address of your user, so that the limits by client address hold.' })
const code = z.string().regex(codeShape, 'must have 4 to 15 letters or digits')

/** The body of `POST /otp`. */
export const sendBody = z
  .strictObject({
    to,
    service,
    challenge,
    locale: z
      .string()
      .regex(/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/, 'must be a language such as en, en_US or pt-BR')
      .max(32)
      .optional()
      .meta({ description: 'Which language; that of the number’s country, or of the service, if absent.' }),
    code: code.optional().meta({ description: 'A code of your own. Left out, a random one is made.' }),
    length: z
      .int()
      .min(4)
      .max(10)
      .optional()
      .meta({ description: 'Digits of the code; not together with code.' }),
    ttlSeconds: z.int().min(60).max(600).optional().meta({ description: 'How long the code is good for.' }),
    session,
    clientIp,
    callbackUrl: z
      .url({ protocol: /^https?$/ })
      .max(2_048)
      .optional()
      .meta({
        description: 'Where the events of this verification are posted, beside your webhook endpoints.',
      }),
    metadata: metadataField,
  })
  .superRefine(({ code: given, length }, check) => {
    if (given !== undefined && length !== undefined) {
      check.addIssue({ code: 'custom', path: ['length'], message: 'cannot be given together with code' })
    }
  })
  .meta({
    id: 'SendOtp',
    examples: [
      { to: '+14155552671', session: 'sandbox' },
      {
        to: '+14155552671',
        session: 'sandbox',
        challenge: 'new-device',
        locale: 'es',
        clientIp: '203.0.113.7',
      },
    ],
  })

export function toOtpRequest(body: z.infer<typeof sendBody>): OtpRequest {
  return {
    to: body.to,
    service: body.service ?? defaultServiceName,
    challenge: body.challenge ?? '',
    locale: body.locale ?? null,
    code: body.code ?? null,
    length: body.length ?? null,
    ttlSeconds: body.ttlSeconds ?? null,
    session: body.session ?? null,
    clientIp: body.clientIp ?? null,
    callbackUrl: body.callbackUrl ?? null,
    callbackFormat: 'standard',
    wording: null,
    metadata: body.metadata ?? null,
  }
}

/** The body of `POST /otp/verify`. */
export const verifyBody = z
  .strictObject({
    id: idGiven.optional().meta({ description: 'The verification; or give `to` and its scope.' }),
    to: to.optional(),
    code: z
      .string()
      .min(1)
      .max(64)
      .meta({ description: 'As your user typed it: spaces and hyphens do not count.' }),
    service,
    challenge,
  })
  .superRefine(({ id, to: number, service: named, challenge: asked }, check) => {
    const refuse = (field: string, message: string) =>
      check.addIssue({ code: 'custom', path: [field], message })
    if (id === undefined && number === undefined) refuse('to', 'is required, or id in its place')
    if (id === undefined) return
    const beside = { to: number, service: named, challenge: asked }
    for (const [field, value] of Object.entries(beside)) {
      if (value !== undefined) refuse(field, 'cannot be given together with id')
    }
  })
  .meta({
    id: 'VerifyOtp',
    examples: [
      { to: '+14155552671', code: '123456' },
      { id: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59', code: '123456' },
    ],
  })

export function toVerifyRequest(body: z.infer<typeof verifyBody>): VerifyRequest {
  if (body.id !== undefined) return { id: body.id, code: body.code }
  return {
    to: body.to ?? '',
    service: body.service ?? defaultServiceName,
    challenge: body.challenge ?? '',
    code: body.code,
  }
}

/** The path of what is about one verification. */
export const idParams = z.strictObject({
  id: idGiven.meta({ examples: ['019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59'] }),
})

/** The body of `POST /otp/:id/resend`, which may be left out. */
export const resendBody = z
  .strictObject({ session, clientIp })
  .nullish()
  .meta({ examples: [{ session: 'sandbox' }] })

/** The body of `POST /otp/:id/report`. */
export const reportBody = z
  .strictObject({
    converted: z
      .boolean()
      .meta({ description: 'Your user got in: signed up, paid, whatever the code was for.' }),
  })
  .meta({ examples: [{ converted: true }] })

/** The query of `GET /otp`. */
export const listQuery = z.strictObject({
  to: to.optional(),
  service: service.meta({ description: 'Only those of this service.' }),
  status: z.enum(verificationStatuses).optional(),
  from: moment
    .optional()
    .meta({ description: 'Only those that were asked for from here on: a date, or a date and time.' }),
  until: moment
    .optional()
    .meta({ description: 'A date (that whole UTC day is listed), or a date and time (not listed).' }),
  limit: wholeNumber(1, 200).default(20),
  cursor: z.uuid().optional().meta({ description: 'nextCursor of the page before.' }),
})

export function toVerificationQuery(query: z.infer<typeof listQuery>): VerificationQuery {
  const { from, to: until } = toSpan({ from: query.from, to: query.until })
  return {
    to: query.to ?? null,
    service: query.service ?? null,
    status: query.status ?? null,
    from,
    until,
    limit: query.limit,
    cursor: query.cursor ?? null,
  }
}

/** The query of `GET /otp/decisions`. */
export const decisionsQuery = z.strictObject({
  blocked: z.enum(['shadow', 'enforced']).optional().meta({
    description: 'shadow: sent, though it bore signs of fraud; enforced: refused. All decisions if absent.',
  }),
  limit: wholeNumber(1, 200).default(20),
  cursor: z.uuid().optional().meta({ description: 'nextCursor of the page before.' }),
})

/** The query of `GET /otp/analytics`. */
export const analyticsQuery = z.strictObject({
  from: day.optional().meta({ description: 'The first UTC day; 30 days ago if absent.' }),
  to: day.optional().meta({ description: 'The last UTC day, included; today if absent.' }),
  service: service.meta({ description: 'Only this service.' }),
})
