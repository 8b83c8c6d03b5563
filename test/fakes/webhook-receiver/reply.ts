import { z } from 'zod'

/** What a receiver does with a delivery; 204 at once when nothing else is said. */
export const reply = z.strictObject({
  kind: z.enum(['answer', 'hang', 'reset']).default('answer'),
  status: z.int().min(200).max(599).default(204),
  delayMs: z.number().min(0).default(0),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
})
export type Reply = z.input<typeof reply>
