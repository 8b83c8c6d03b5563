import { z } from 'zod'
import { sandboxScenarioNames } from './scenarios.ts'

const dayMs = 86_400_000

/**
 * The settings of a sandbox session. Everything has a default, so `{}` is a working sandbox.
 *
 * latencyMs: how long a send takes; absent, 50 to 150 ms depending on the message id.
 * deliveredAfterMs, readAfterMs: when the receipts arrive, counted from the answer to the send.
 * scenario: one scenario for every recipient, instead of the one its number stands for.
 */
export const sandboxSettings = z.strictObject({
  latencyMs: z.number().int().min(0).max(30_000).optional(),
  deliveredAfterMs: z.number().int().min(0).max(dayMs).default(1_000),
  readAfterMs: z.number().int().min(0).max(dayMs).default(3_000),
  scenario: z.enum(sandboxScenarioNames).optional(),
})
export type SandboxSettings = z.infer<typeof sandboxSettings>
