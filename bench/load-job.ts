import { z } from 'zod'

/** What the load generator is asked to do, and what it answers: the contract of load.ts. */
export const loadJob = z.object({
  url: z.url(),
  /** Shown as bearer token. */
  key: z.string(),
  /** `send` posts a message of its own to each recipient; `get` reads these paths in turn, `post` posts these bodies. */
  what: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('send'), fields: z.record(z.string(), z.unknown()) }),
    z.object({ kind: z.literal('get'), paths: z.array(z.string()).min(1) }),
    z.object({ kind: z.literal('post'), path: z.string(), bodies: z.array(z.string()).min(1) }),
  ]),
  connections: z.int().min(1),
  seconds: z.number().positive(),
  /** Requests a second, whatever the answers do; null: each connection asks again as soon as it is answered. */
  ratePerSecond: z.number().positive().nullable(),
})
export type LoadJob = z.infer<typeof loadJob>

export const loadResult = z.object({
  /** Answers of the status that was hoped for (2xx), and the others by status; 0 is a broken connection. */
  good: z.int(),
  bad: z.record(z.string(), z.int()),
  seconds: z.number(),
  /** From the moment a request was due, in milliseconds. */
  latencyMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number(), max: z.number() }),
  /** Good answers so far, by this machine's clock. */
  samples: z.array(z.object({ atMs: z.number(), count: z.int() })),
})
export type LoadResult = z.infer<typeof loadResult>
