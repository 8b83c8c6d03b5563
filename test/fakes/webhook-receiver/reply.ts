import { z } from 'zod'

/**
 * What a receiver does with a delivery; 204 at once when nothing else is said. `delayMs` goes before any of them.
 * - `answer`: `status`, `headers` and `body`.
 * - `hang`: nothing, for ever.
 * - `close`: hangs up without a word. `reset`: the same with a RST.
 * - `garbage`: something that is no HTTP.
 * - `flood`: headers without an end.
 * - `strange`: the answer with a header whose bytes are not UTF-8.
 * - `drip`: the answer with a body of one byte now and then, for ever. `endless`: as fast as it is taken.
 * - `broken`: the answer with half of its body, then a RST.
 * - `bomb`: the answer with a gzip body that would be a thousand times its size.
 */
export const reply = z.strictObject({
  kind: z
    .enum([
      'answer',
      'hang',
      'close',
      'reset',
      'garbage',
      'flood',
      'strange',
      'drip',
      'endless',
      'broken',
      'bomb',
    ])
    .default('answer'),
  status: z.int().min(200).max(599).default(204),
  delayMs: z.number().min(0).default(0),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
})
export type Reply = z.input<typeof reply>
