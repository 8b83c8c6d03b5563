import { z } from 'zod'
import { file, namedFile, text } from './fields.ts'
import { openUnion, type AnyOf } from './open.ts'

// The parts that interactive messages of several kinds have in common. Source: Meta, "Interactive messages".

const headers = {
  text: z.looseObject({ type: z.literal('text'), text: text(60) }),
  image: z.looseObject({ type: z.literal('image'), image: file }),
  video: z.looseObject({ type: z.literal('video'), video: file }),
  document: z.looseObject({ type: z.literal('document'), document: namedFile }),
}
export const header = openUnion<AnyOf<typeof headers>>(headers)

const files: readonly string[] = ['image', 'video', 'document']
export const textHeader = header.refine(
  ({ type }) => !files.includes(type),
  'must be a text in a message of this kind: it cannot have a file above it',
)

export const bodyOf = (max: number) => z.looseObject({ text: text(max) })
export const footer = z.looseObject({ text: text(60) }).optional()

/** The usual frame: a text of 1,024 characters, and what may stand above and below it. */
export const frame = { header: header.optional(), body: bodyOf(1_024), footer }

/** An action that Meta wants named as it names it. */
export const named = <Name extends string>(name: Name, parameters?: z.ZodType) =>
  z.looseObject({ name: z.literal(name), ...(parameters !== undefined && { parameters }) })

/** Sections of rows or wares, whose number counts over all of them. */
export function sectionsOf<Item extends z.ZodType, Key extends string>(
  key: Key,
  item: Item,
  { itemsMax, called }: { itemsMax: number; called: string },
) {
  const items = z.array(item).min(1).max(itemsMax)
  return z
    .array(z.looseObject({ title: text(24).optional(), [key]: items }))
    .min(1)
    .max(10)
    .superRefine((sections, context) => {
      const count = sections.reduce((sum, section) => sum + countOf(section[key]), 0)
      if (count > itemsMax) {
        const message = `must have at most ${itemsMax} ${called} over all sections; there are ${count}`
        context.addIssue({ code: 'custom', message })
      }
      for (const [index, { title }] of sections.entries()) {
        if (sections.length > 1 && title === undefined) {
          const message = 'is required where there is more than one section'
          context.addIssue({ code: 'custom', path: [index, 'title'], message })
        }
      }
    })
}

const countOf = (items: unknown): number => (Array.isArray(items) ? items.length : 0)
