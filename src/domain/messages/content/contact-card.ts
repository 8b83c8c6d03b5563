import { z } from 'zod'
import { text } from './fields.ts'

/** A contact card, as Meta's Cloud API takes it. */
export const contactCard = z.strictObject({
  name: z.strictObject({
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
      z.strictObject({
        phone: text(32).optional(),
        type: text(32).optional(),
        wa_id: text(32).optional(),
      }),
    )
    .max(20)
    .optional(),
  emails: z
    .array(z.strictObject({ email: text(256).optional(), type: text(32).optional() }))
    .max(20)
    .optional(),
  urls: z
    .array(z.strictObject({ url: text(2048).optional(), type: text(32).optional() }))
    .max(20)
    .optional(),
  addresses: z
    .array(
      z.strictObject({
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
    .strictObject({
      company: text(256).optional(),
      department: text(256).optional(),
      title: text(256).optional(),
    })
    .optional(),
})
