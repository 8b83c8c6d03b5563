import { z } from 'zod'

// Schemas that the endpoints of this API share. Fields that they do not know are ignored.

/** A text of some characters, each counted as one however it is encoded. */
export function text(min: number, max: number) {
  return z
    .string()
    .min(min, `String should have at least ${min} character${min === 1 ? '' : 's'}`)
    .refine((value) => Array.from(value).length <= max, `String should have at most ${max} characters`)
}

/** A whole number in a query. */
export function whole(min: number, max: number) {
  const error = `Input should be a whole number from ${min} to ${max}`
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error)
}

/** The id in a path. What is no id of ours is not found. */
export const idParams = z.object({ id: z.string().max(1_000) })

export const instant = z.iso.datetime()

const problem = z.object({ loc: z.array(z.string()), msg: z.string(), type: z.string() })

/** Examples of refusals, by status. */
const details: Record<number, unknown> = {
  400: 'Maximum active session limit (10) reached for your plan. Delete one, or choose a larger plan.',
  401: 'Invalid API key.',
  402: 'This needs 1 credit and your account has 0 left.',
  403: 'Your account has been deactivated.',
  404: 'Session not found',
  409: 'No connected WhatsApp session found. Please connect a session first.',
  413: 'The body is too large. Send at most 1 MiB; send media by its URL or id.',
  415: 'Send the body as JSON, with the header Content-Type: application/json.',
  422: [
    {
      loc: ['body', 'to'],
      msg: 'Value error, Invalid phone number format. Use international format like +1234567890',
      type: 'value_error',
    },
  ],
  429: 'The free plan allows 100 messages a day, and this would be more.',
  501: 'Linked devices need a package that is not installed here.',
  503: 'The service cannot store anything right now. Try again shortly.',
}

/** The refusals that every operation with a key can give, and more by their status. */
export function refusals(...statuses: number[]) {
  const all = [401, 403, 422, 429, 503, ...statuses]
  return Object.fromEntries(
    all.map((status) => [
      status,
      z
        .object({ detail: status === 422 ? z.union([z.string(), z.array(problem)]) : z.string() })
        .meta({ examples: [{ detail: details[status] }] }),
    ]),
  )
}
