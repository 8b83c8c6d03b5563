import { z } from 'zod'

/** JSON of the provider's, as it came. */
const part = z.record(z.string(), z.unknown())

/**
 * The provider's own words about a step of a message: its error, its price and its conversation. A field that it did
 * not say is absent. Texts and parts are bounded where they are read.
 */
export const providerWords = z.object({
  /** The provider's number of the error. */
  code: z.number().optional(),
  title: z.string().optional(),
  message: z.string().optional(),
  details: z.string().optional(),
  /** Where the provider explains the error. */
  href: z.string().optional(),
  pricing: part.optional(),
  conversation: part.optional(),
  /** Everything else that it said; the beginning of its JSON as a text where that is long. */
  more: z.union([part, z.string()]).optional(),
})
export type ProviderWords = z.infer<typeof providerWords>

/** All that was said in the steps of a message: of each field the newest word. `steps` are in the order of time. */
export function wordsOf(steps: readonly (ProviderWords | null)[]): ProviderWords | null {
  const said = steps.filter((words) => words !== null)
  return said.length === 0 ? null : Object.assign({}, ...said)
}
