import { z } from 'zod'

const part = z.record(z.string(), z.unknown())

/** The provider's own words about a message, as GET /messages/:id shows them beside ours. */
export const providerView = z
  .object({
    code: z
      .number()
      .nullable()
      .meta({ description: 'The provider’s number of its last error, such as 131026.' }),
    title: z.string().nullable(),
    message: z.string().nullable(),
    details: z.string().nullable(),
    href: z.string().nullable().meta({ description: 'Where the provider explains the error.' }),
    pricing: part.nullable().meta({ description: 'As the provider told it last.' }),
    conversation: part.nullable(),
    more: z.union([part, z.string()]).nullable().meta({
      description: 'What else it said; the beginning of it, as a text, where that is long.',
    }),
  })
  .nullable()
  .meta({
    description: 'The provider’s own words: its error, its price, its conversation. Null while it said none.',
  })

export const providerExample = {
  code: null,
  title: null,
  message: null,
  details: null,
  href: null,
  pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' },
  conversation: null,
  more: null,
}
