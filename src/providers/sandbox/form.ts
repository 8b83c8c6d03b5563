import { z } from 'zod'
import { someOf } from '../../kit/some-of.ts'
import type { SettingsForm } from '../contract.ts'

const dayMs = 86_400_000

const fields = {
  latencyMs: z.number().int().min(0).max(30_000).meta({
    description: 'How long a send takes; 50 to 150, fixed for each message, if absent.',
  }),
  deliveredAfterMs: z.number().int().min(0).max(dayMs).meta({
    description: 'When `delivered` comes, counted from the send; 1000 if absent.',
  }),
  readAfterMs: z.number().int().min(0).max(dayMs).meta({ description: 'Likewise `read`; 3000 if absent.' }),
  scenario: z
    .string()
    .min(1)
    .max(64)
    .meta({
      description:
        'One scenario for every recipient, by its name, in place of the one its number stands for.',
      examples: ['always_unavailable'],
    }),
}

const change = someOf({
  latencyMs: fields.latencyMs.nullable().optional(),
  deliveredAfterMs: fields.deliveredAfterMs.nullable().optional(),
  readAfterMs: fields.readAfterMs.nullable().optional(),
  scenario: fields.scenario.nullable().optional(),
})

/** The settings of a sandbox, as the API asks for them. */
export const sandboxForm: SettingsForm = {
  create: z.strictObject(fields).partial().optional(),
  change: change.optional().meta({
    description: 'Of a sandbox session; what is absent stays, null goes back to the default.',
  }),
  view: { settings: z.object(fields).partial() },
  show: ({ settings }) => ({ settings: settings() }),
  examples: {
    create: { provider: 'sandbox', name: 'slow-sandbox', settings: { latencyMs: 5000 } },
    view: () => ({ settings: {} }),
  },
}
