import { z } from 'zod'

// The fields that content of all kinds is made of.

/** A text of at least one character and at most `max`, counted as people count them: an emoji is no two. */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .refine((value) => value.length <= max || lengthOf(value) <= max, {
      error: ({ input }) => `must have at most ${max} characters; it has ${lengthOf(String(input))}`,
    })
    .meta({ maxLength: max })

const lengthOf = (value: string): number => Array.from(value).length

/** An id of the provider's, or of a button. */
export const id = z.string().min(1).max(256)

const mediaFields = { id: id.optional(), link: z.url().max(2048).optional() }
const oneSource = ({ id: given, link }: { id?: string | undefined; link?: string | undefined }) =>
  (given === undefined) !== (link === undefined)

/** A file by the provider's id or by a public URL. */
export const file = z.looseObject(mediaFields).refine(oneSource, 'give exactly one of id and link')

/** A file that is shown with its name. */
export const namedFile = z
  .looseObject({ ...mediaFields, filename: text(240).optional() })
  .refine(oneSource, 'give exactly one of id and link')
