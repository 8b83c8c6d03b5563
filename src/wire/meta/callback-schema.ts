import { z } from 'zod'

/**
 * The payload of Meta's callbacks, as loosely as can be read: only what an event cannot do without is
 * demanded, and a field of secondary use with an unexpected shape counts as absent. Source: Meta, "messages"
 * webhook reference and "Business-scoped user IDs".
 */
const text = z.string().min(1).optional().catch(undefined)

/** Graph writes ids as texts, but not everywhere. */
const looseId = z
  .union([z.string().min(1), z.number().transform(String)])
  .optional()
  .catch(undefined)

/** The id of a message. Longer ones than Meta has ever given could not be looked up. */
const messageId = z.string().min(1).max(512)

/** Whom a message is from. Longer ones than any id could not be looked up. */
const person = looseId.pipe(z.string().max(256).optional().catch(undefined))

/** Unix seconds as a text, read into ISO 8601. */
const timestamp = z
  .union([z.string(), z.number().transform(String)])
  .pipe(z.string().regex(/^\d{1,11}$/))
  .transform((seconds) => new Date(Number(seconds) * 1_000).toISOString())

export const callback = z.object({ entry: z.array(z.unknown()) })

export const entry = z.object({
  id: looseId,
  time: timestamp.optional().catch(undefined),
  changes: z.array(z.unknown()),
})

export const change = z.object({ field: z.string(), value: z.record(z.string(), z.unknown()) })

/** The part of a `messages` change that says which of our numbers it is about. */
export const metadata = z.object({ phone_number_id: looseId }).optional().catch(undefined)

export const status = z.object({
  id: messageId,
  status: z.string(),
  timestamp,
  biz_opaque_callback_data: text,
  recipient_id: person,
  recipient_user_id: person,
  recipient_type: text,
  errors: z.array(z.unknown()).optional().catch(undefined),
})

/** The customer who wrote. `wa_id` is absent when the customer hides the number behind a username. */
export const contact = z.object({
  wa_id: person,
  user_id: person,
  profile: z.object({ name: text, username: text }).optional().catch(undefined),
})
export type Contact = z.infer<typeof contact>

export const message = z.object({
  id: messageId,
  timestamp,
  type: text,
  from: person,
  from_user_id: person,
  context: z
    .object({ id: messageId.optional().catch(undefined) })
    .optional()
    .catch(undefined),
})

/** A file that came with a message. */
export const attachment = z.object({ id: z.string().min(1).max(256), mime_type: text, filename: text })

export const templateUpdate = z.object({
  event: z.string().min(1),
  message_template_name: z.string().min(1),
  message_template_language: z.string().min(1),
  reason: text,
})
