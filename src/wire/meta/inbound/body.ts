import { z } from 'zod'

/** The text that a person would read of a message; null when its part has none. */
export function readBody(type: string, part: unknown): string | null {
  return bodies.get(type)?.safeParse(part).data ?? null
}

const text = z.string().optional()

/** Reads the text under one key; an absent or empty one is no text. */
const under = (key: string) =>
  z.record(z.string(), z.unknown()).transform((part) => text.safeParse(part[key]).data || null)

/** The readable text of each type; a type that is not here has none. */
const bodies: ReadonlyMap<string, z.ZodType<string | null>> = new Map<string, z.ZodType<string | null>>([
  ['text', under('body')],
  ['image', under('caption')],
  ['video', under('caption')],
  ['document', under('caption')],
  ['button', under('text')],
  ['reaction', under('emoji')],
  ['order', under('text')],
  ['system', under('body')],
  [
    'location',
    z.object({ name: text, address: text }).transform(({ name, address }) => name ?? address ?? null),
  ],
  [
    'interactive',
    z
      .object({
        button_reply: z.object({ title: z.string() }).optional(),
        list_reply: z.object({ title: z.string() }).optional(),
        nfm_reply: z.object({ body: z.string() }).optional(),
      })
      .transform(
        (reply) => reply.button_reply?.title ?? reply.list_reply?.title ?? reply.nfm_reply?.body ?? null,
      ),
  ],
  [
    'contacts',
    z
      .array(z.object({ name: z.object({ formatted_name: z.string() }) }))
      .transform((cards) => cards.map((card) => card.name.formatted_name).join(', ') || null),
  ],
])
