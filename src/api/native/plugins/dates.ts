import { z } from 'zod'

/** Postgres and people know the years from here on; nothing is older. The last one has a day after it in four digits. */
const [yearMin, yearMax] = [1970, 9998]
const dayMs = 24 * 3_600 * 1_000

const inYears = <Schema extends z.ZodType<string>>(schema: Schema) =>
  schema
    .refine((text) => new Date(text).getUTCFullYear() >= yearMin, `must not be before ${yearMin}`)
    .refine((text) => new Date(text).getUTCFullYear() <= yearMax, `must not be after ${yearMax}`)

/** A UTC day as a query gives it. */
export const day = inYears(z.iso.date())

/** A point in time as a query gives it: a date, or a date and time with a zone. */
export const moment = inYears(
  z.union([z.iso.date(), z.iso.datetime({ offset: true })], {
    error: 'must be a date such as 2026-03-01, or a date and time with a zone such as 2026-03-01T09:00:00Z',
  }),
)

/** The moments that a query means: a date stands for its UTC day, so as `to` for the end of it. */
export function toSpan({ from, to }: { from?: string | undefined; to?: string | undefined }): {
  from: Date | null
  to: Date | null
} {
  const isDate = (text: string): boolean => !text.includes('T')
  return {
    from: from === undefined ? null : new Date(from),
    to: to === undefined ? null : new Date(Date.parse(to) + (isDate(to) ? dayMs : 0)),
  }
}
