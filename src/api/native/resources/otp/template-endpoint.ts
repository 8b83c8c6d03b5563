import { z } from 'zod'
import type { Context } from '../../../../context.ts'
import { serviceLocale } from '../../../../domain/otp/service.ts'
import { makeCodeTemplate, type CodeTemplateRequest } from '../../../../services/otp/template.ts'
import { callerOf } from '../../../http/authenticate.ts'
import { endpoint, type Resource } from '../../../http/endpoint.ts'
import { refusals, success } from '../../plugins/envelope.ts'
import { nameParams } from './service-schema.ts'

const packageName = /^[A-Za-z]\w*(\.[A-Za-z]\w*)+$/

const app = z.strictObject({
  packageName: z
    .string()
    .max(224)
    .regex(packageName, 'must be the name of an Android package, such as com.example.app'),
  signatureHash: z
    .string()
    .regex(/^[A-Za-z0-9+/=]{11}$/, 'must be the 11 characters of the app’s signature hash'),
})

const templateBody = z
  .strictObject({
    languages: z.array(serviceLocale).min(1).max(80).meta({ description: 'Made in all of them at once.' }),
    name: z
      .string()
      .max(512)
      .regex(/^[a-z0-9_]+$/, 'must have small letters, digits and _ only')
      .optional()
      .meta({ description: 'Of the template; `<service>_code` if absent.' }),
    session: z.string().min(1).max(128).optional().meta({
      description: 'The sender whose business it is for; that of the service, or your default, if absent.',
    }),
    button: z.enum(['copy_code', 'one_tap', 'zero_tap']).default('copy_code').meta({
      description: 'copy_code serves everybody; the others fill the code into your own Android app.',
    }),
    supportedApps: z
      .array(app)
      .min(1)
      .max(5)
      .optional()
      .meta({ description: 'Needed for one_tap and zero_tap.' }),
    zeroTapTermsAccepted: z.literal(true).optional().meta({
      description:
        'Needed for zero_tap: you accept Meta’s terms, and tell your users that the code fills itself in.',
    }),
    preview: z.boolean().default(false).meta({ description: 'Show it, and make nothing.' }),
  })
  .superRefine(({ button, supportedApps, zeroTapTermsAccepted }, check) => {
    const refuse = (field: string, message: string) =>
      check.addIssue({ code: 'custom', path: [field], message })
    if (button !== 'copy_code' && supportedApps === undefined)
      refuse('supportedApps', `is required for ${button}`)
    if (button === 'copy_code' && supportedApps !== undefined)
      refuse('supportedApps', 'is for one_tap and zero_tap only')
    if (button === 'zero_tap' && zeroTapTermsAccepted === undefined) {
      refuse('zeroTapTermsAccepted', 'must be true for zero_tap')
    }
  })
  .meta({
    examples: [
      { languages: ['en_US', 'es', 'pt_BR'] },
      { languages: ['en_US'], session: 'sandbox', preview: true },
    ],
  })

const templateAnswer = success(
  z.object({
    name: z.string(),
    languages: z.array(
      z.object({
        language: z.string(),
        status: z.string().nullable().meta({ description: 'Such as APPROVED or PENDING; null: only shown.' }),
        reason: z.string().nullable(),
        preview: z
          .object({
            body: z.string().nullable(),
            footer: z.string().nullable(),
            buttons: z.array(z.string()),
          })
          .nullable(),
      }),
    ),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        name: 'default_code',
        languages: [
          {
            language: 'en_US',
            status: 'APPROVED',
            reason: null,
            preview: {
              body: '*{{1}}* is your verification code. For your security, do not share this code.',
              footer: 'This code expires in 5 minutes.',
              buttons: ['Copy code'],
            },
          },
        ],
      },
    },
  ],
})

export function otpTemplateEndpoint(ctx: Context): Resource {
  return {
    endpoints: [
      endpoint({
        method: 'POST',
        path: '/otp/services/:name/template',
        operationId: 'otpServices.makeTemplate',
        scope: 'manage',
        schema: {
          tags: ['One-time passwords'],
          summary: 'Make the template of a service',
          description:
            'Shows an authentication template in Meta’s words, and makes it in all languages at once. The service uses ' +
            'each language from when Meta has approved it, which is often at once. One that exists is changed.',
          params: nameParams,
          body: templateBody,
          response: { 201: templateAnswer, ...refusals(400, 404, 409, 413, 415, 422) },
        },
        handler: async (request, reply) => {
          const made = await makeCodeTemplate(
            ctx,
            callerOf(request),
            toRequest(request.params.name, request.body),
          )
          return reply.code(201).send({ success: true, data: made })
        },
      }),
    ],
  }
}

function toRequest(service: string, body: z.infer<typeof templateBody>): CodeTemplateRequest {
  const { languages, name = null, session = null, button, supportedApps = [], preview } = body
  return {
    service,
    languages,
    name,
    session,
    previewOnly: preview,
    button: button === 'copy_code' ? { type: button } : { type: button, supportedApps },
  }
}
