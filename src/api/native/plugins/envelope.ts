import { z } from 'zod'

/** A success answer around `data`. */
export function success<Data extends z.ZodType>(data: Data) {
  return z.object({ success: z.literal(true), data })
}

/** The failure answer of the native API. */
export const failure = z
  .object({
    success: z.literal(false),
    error: z.string().meta({ description: 'A sentence for people.' }),
    code: z.string().meta({ description: 'A stable word for programs.' }),
    requestId: z.string(),
    details: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .meta({ description: 'Each wrong field; only with 400.' }),
  })
  .meta({
    id: 'Error',
    examples: [
      {
        success: false,
        error: 'The request is not valid.',
        code: 'validation_failed',
        requestId: '019a9d6e-4f2b-7c1d-9a55-0e3d2c1b4a59',
        details: [{ path: 'body.to', message: 'must be a phone number in E.164 form' }],
      },
    ],
  })

/** The refusals that every route with a key can give, and more by their status. */
export function refusals(...statuses: number[]): Record<number, typeof failure> {
  return Object.fromEntries([401, 403, 429, 503, ...statuses].map((status) => [status, failure]))
}

/** An id that a caller names: written in either case, as UUIDs may be, and looked up in ours. */
export const idGiven = z.uuid().toLowerCase()

/** A whole number in a query. */
export function wholeNumber(min: number, max: number) {
  const error = `must be a whole number from ${min} to ${max}`
  return z.coerce.number({ error }).int(error).min(min, error).max(max, error)
}

/** A point in time, ISO 8601 in UTC. */
export const instant = z.iso.datetime()
