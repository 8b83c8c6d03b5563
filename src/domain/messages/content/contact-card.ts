import { z } from 'zod'
import { text } from './fields.ts'
import { excessOf } from './open.ts'

/** A contact card, as Meta's Cloud API takes it. Fields that we do not know are handed on. */
const contactCard = z.looseObject({
  name: z.looseObject({
    formatted_name: text(256),
    first_name: text(256).optional(),
    last_name: text(256).optional(),
    middle_name: text(256).optional(),
    suffix: text(64).optional(),
    prefix: text(64).optional(),
  }),
  birthday: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, 'a birthday looks like 1990-12-31')
    .optional(),
  phones: z
    .array(
      z.looseObject({
        phone: text(32).optional(),
        type: text(32).optional(),
        wa_id: text(32).optional(),
      }),
    )
    .max(20)
    .optional(),
  emails: z
    .array(z.looseObject({ email: text(256).optional(), type: text(32).optional() }))
    .max(20)
    .optional(),
  urls: z
    .array(z.looseObject({ url: text(2048).optional(), type: text(32).optional() }))
    .max(20)
    .optional(),
  addresses: z
    .array(
      z.looseObject({
        street: text(256).optional(),
        city: text(256).optional(),
        state: text(256).optional(),
        zip: text(32).optional(),
        country: text(256).optional(),
        country_code: text(8).optional(),
        type: text(32).optional(),
      }),
    )
    .max(20)
    .optional(),
  org: z
    .looseObject({
      company: text(256).optional(),
      department: text(256).optional(),
      title: text(256).optional(),
    })
    .optional(),
})

/** For as many cards as Meta takes, of a kilobyte each. */
const bytesMax = 262_144

export const contactCards = z
  .array(contactCard)
  .min(1)
  .max(257)
  .superRefine((cards, context) => {
    const message = excessOf(cards, bytesMax)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })
