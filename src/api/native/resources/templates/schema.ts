import { z } from 'zod'
import { checkDraft, draftFields, type Finding } from '../../../../domain/templates/draft.ts'
import { instant, success, wholeNumber } from '../../plugins/envelope.ts'

const session = z
  .string()
  .min(1)
  .max(128)
  .optional()
  .meta({ description: 'Whose templates: a sender, by id or name; the account’s default if absent.' })

function word(max: number) {
  return z.string().min(1).max(max)
}

/** The query of `GET /templates`. */
export const templatesQuery = z.strictObject({
  name: word(512).optional(),
  status: z
    .string()
    .regex(/^[A-Za-z_]{1,64}$/, 'is a word of Meta’s, such as APPROVED')
    .optional()
    .meta({ description: 'Meta’s word, such as APPROVED, PENDING, REJECTED or PAUSED.' }),
  language: word(16).optional().meta({ description: 'Such as en_US.' }),
  session,
  limit: wholeNumber(1, 200).default(20),
  page: wholeNumber(1, 100_000).default(1),
  cursor: z
    .string()
    .regex(/^[^:]{1,512}:[^:]{1,16}$/, 'is no nextCursor of an answer')
    .optional()
    .meta({ description: 'nextCursor of the page before; stronger than page.' }),
})

// No path takes a longer parameter; the list finds such a template by its name.
export const templateParams = z.strictObject({
  name: word(256).meta({ examples: ['order_ready'] }),
})
export const templateQuery = z.strictObject({ session })

const templateView = z.object({
  id: z.string().nullable().meta({ description: 'Meta’s id of it.' }),
  name: z.string(),
  language: z.string(),
  status: z.string().meta({ description: 'Meta’s word; only APPROVED ones can be sent.' }),
  reason: z.string().nullable().meta({ description: 'Why it may not be sent, where Meta says so.' }),
  category: z.string().nullable(),
  components: z
    .array(z.record(z.string(), z.unknown()))
    .meta({ description: 'What it is made of, in Meta’s shape.' }),
  updatedAt: instant.meta({ description: 'When Meta told it.' }),
})

/** The body of `POST /templates` and its preview. */
export const draftBody = z
  .strictObject({ ...draftFields, session })
  .superRefine((given, context) => report(checkDraft(given), context))
  .meta({
    id: 'TemplateDraft',
    examples: [
      {
        session: 'sandbox',
        name: 'parcel_here',
        language: 'en_US',
        category: 'utility',
        components: [
          {
            type: 'BODY',
            text: 'Hi {{1}}, your parcel {{2}} is here.',
            example: { body_text: [['Sarah', '#1042']] },
          },
          { type: 'FOOTER', text: 'Reply STOP to hear no more' },
          { type: 'BUTTONS', buttons: [{ type: 'QUICK_REPLY', text: 'Thank you' }] },
        ],
      },
      {
        session: 'sandbox',
        name: 'login_code',
        languages: ['en_US', 'es_ES'],
        category: 'authentication',
        components: [
          { type: 'BODY', add_security_recommendation: true },
          { type: 'FOOTER', code_expiration_minutes: 5 },
          { type: 'BUTTONS', buttons: [{ type: 'OTP', otp_type: 'COPY_CODE' }] },
        ],
        ttlSeconds: 300,
      },
    ],
  })

/** The body of `PATCH /templates/:name`. */
export const patchBody = z
  .strictObject({
    category: draftFields.category.optional(),
    components: draftFields.components.optional(),
    ttlSeconds: draftFields.ttlSeconds,
  })
  .refine((patch) => Object.values(patch).some((value) => value !== undefined), 'must change something')
  .meta({ examples: [{ components: [{ type: 'BODY', text: 'Your parcel is here, come and fetch it.' }] }] })

function report(findings: Finding[], context: z.core.$RefinementCtx): void {
  for (const { path, message } of findings) context.addIssue({ code: 'custom', path, message })
}

export const changeQuery = z.strictObject({
  session,
  language: word(16).optional().meta({ description: 'Which language, where the name has several.' }),
})

const freshness = {
  fetchedAt: instant.meta({ description: 'When the list was read from Meta.' }),
  stale: z
    .boolean()
    .meta({ description: 'True: Meta cannot be asked now, and this is the last that is known.' }),
}

const example = {
  id: '1689556908129832',
  name: 'order_ready',
  language: 'en_US',
  status: 'APPROVED',
  reason: null,
  category: 'UTILITY',
  components: [{ type: 'BODY', text: 'Hi {{1}}, your order {{2}} is ready to be picked up.' }],
  updatedAt: '2026-03-28T10:00:00.000Z',
}

export const submittedAnswer = success(z.object({ name: z.string(), languages: z.array(templateView) })).meta(
  {
    examples: [
      { success: true, data: { name: 'order_ready', languages: [{ ...example, status: 'PENDING' }] } },
    ],
  },
)

export const changedAnswer = success(templateView).meta({
  examples: [{ success: true, data: { ...example, status: 'PENDING' } }],
})

export const removedAnswer = success(z.object({ name: z.string(), languages: z.array(z.string()) })).meta({
  examples: [{ success: true, data: { name: 'order_ready', languages: ['en_US'] } }],
})

export const previewAnswer = success(
  z.object({
    previews: z.array(
      z.object({
        language: z.string(),
        header: z.string().nullable(),
        body: z.string().nullable(),
        footer: z.string().nullable(),
        buttons: z.array(z.string()),
      }),
    ),
  }),
).meta({
  examples: [
    {
      success: true,
      data: {
        previews: [
          {
            language: 'en_US',
            header: null,
            body: 'Hi Sarah, your order #1042 is ready to be picked up.',
            footer: null,
            buttons: [],
          },
        ],
      },
    },
  ],
})

export const templatesAnswer = z
  .object({
    success: z.literal(true),
    data: z.array(templateView),
    pagination: z.object({
      page: z.number().int(),
      limit: z.number().int(),
      total: z.number().int(),
      nextCursor: z.string().nullable(),
    }),
    ...freshness,
  })
  .meta({
    examples: [
      {
        success: true,
        data: [example],
        pagination: { page: 1, limit: 20, total: 1, nextCursor: null },
        fetchedAt: '2026-03-28T10:00:00.000Z',
        stale: false,
      },
    ],
  })

export const templateAnswer = success(
  z.object({ name: z.string(), languages: z.array(templateView), ...freshness }),
).meta({
  examples: [
    {
      success: true,
      data: {
        name: 'order_ready',
        languages: [example],
        fetchedAt: '2026-03-28T10:00:00.000Z',
        stale: false,
      },
    },
  ],
})
